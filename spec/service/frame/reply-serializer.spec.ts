import { expect } from 'chai';

import { bson } from '../../../lib/serializer/bson/bson.ts';
import { raw } from '../../../lib/serializer/raw.ts';
import { CallContext } from '../../../lib/service/context/call-context.ts';
import { ReplySerializer } from '../../../lib/service/frame/reply-serializer.ts';
import { ServiceReply } from '../../../lib/service/frame/service-reply.ts';
import { tupleToResult } from '../../../lib/verb/verb.ts';
import { decode, encode } from '../../serializer/support/codec.ts';
import { handlerContext } from '../support/handler-context.ts';

const LIMIT = 8_192;

const plain = new ReplySerializer(bson);
const full = new ReplySerializer(bson, LIMIT);

function context(): CallContext {
  return new CallContext({ service: 's', path: 'm', maxMetadataBytes: LIMIT }, handlerContext());
}

describe('service/reply-serializer', () => {
  for (const [what, value] of [
    ['nothing', undefined],
    ['null', null],
    ['a string', 'text'],
    ['a document', { a: [1, null] }],
    ['an array', [1, 2]],
  ] as const) {
    it(`gives ${what} back`, () => {
      const bytes = encode(plain, [value]);
      expect(bytes[0]).to.equal(0);
      expect(tupleToResult(plain, decode(plain, bytes))).to.deep.equal(value);
    });
  }

  it('writes a result as the inner serializer does, behind one byte, with a context as without', () => {
    const expected = Buffer.concat([Buffer.of(0), encode(bson, [{ a: 1 }])]);
    expect(encode(plain, [{ a: 1 }])).to.deep.equal(expected);
    expect(encode(plain, [new ServiceReply({ a: 1 }, context(), undefined)])).to.deep.equal(
      expected,
    );
    expect(encode(plain, [new ServiceReply({ a: 1 }, undefined, undefined)])).to.deep.equal(
      expected,
    );
  });

  it('X5 takes headers and trailers along, for callers that ask for them', () => {
    const call = context();
    call.setHeader('H', '1');
    call.setTrailer('T', '2');
    const bytes = encode(plain, [new ServiceReply('value', call, undefined)]);
    expect(tupleToResult(plain, decode(plain, bytes))).to.equal('value');
    const [reply] = decode(full, bytes);
    expect(reply).to.deep.include({ value: 'value' });
    expect(JSON.stringify(reply)).to.equal(
      '{"headers":{"h":"1"},"trailers":{"t":"2"},"value":"value"}',
    );
  });

  it('gives empty headers and trailers where none were set', () => {
    const [reply] = decode(full, encode(plain, [5]));
    expect(JSON.stringify(reply)).to.equal('{"headers":{},"trailers":{},"value":5}');
  });

  it('works on any serializer that a connection may have', () => {
    const overRaw = new ReplySerializer(raw);
    const bytes = encode(overRaw, [Buffer.from('abc')]);
    expect(bytes).to.deep.equal(Buffer.from('\0abc'));
    expect(decode(overRaw, bytes)).to.deep.equal([Buffer.from('abc')]);
    expect(encode(overRaw, [undefined])).to.deep.equal(Buffer.of(0));
  });

  it('finds the streams in a result, with a context or without', () => {
    const items = (async function* () {})();
    for (const result of [{ items }, new ServiceReply({ items }, context(), undefined)]) {
      expect(plain.streamsIn([result])).to.deep.equal([items]);
    }
    expect(plain.streamsIn([undefined])).to.deep.equal([]);
    expect(new ReplySerializer(raw).streamsIn([items])).to.deep.equal([]);
  });
});
