import { expect } from 'chai';

import { bson } from '../../../lib/serializer/bson/bson.ts';
import { raw } from '../../../lib/serializer/raw.ts';
import { RequestSerializer } from '../../../lib/service/frame/request-serializer.ts';
import { decode, encode, refusalOf } from '../../serializer/support/codec.ts';

const LIMIT = 8_192;

const overBson = new RequestSerializer(bson, LIMIT);

describe('service/request-serializer', () => {
  it('writes arguments as the inner serializer does, behind one byte', () => {
    const args = ['a', 5, { b: [true] }];
    const bytes = encode(overBson, [undefined, args]);
    expect(bytes).to.deep.equal(Buffer.concat([Buffer.of(0), encode(bson, args)]));
    expect(decode(overBson, bytes)).to.deep.equal([undefined, args]);
  });

  it('writes what goes along before the arguments', () => {
    const bytes = encode(overBson, [{ streamTimeoutMs: 20, metadata: { a: 'b' } }, ['x']]);
    const [envelope, args] = decode(overBson, bytes);
    expect(envelope?.streamTimeoutMs).to.equal(20);
    expect({ ...envelope?.metadata }).to.deep.equal({ a: 'b' });
    expect(args).to.deep.equal(['x']);
  });

  it('works on any serializer that a connection may have', () => {
    const overRaw = new RequestSerializer(raw, LIMIT);
    const bytes = encode(overRaw, [undefined, [Buffer.from('abc')]]);
    expect(bytes).to.deep.equal(Buffer.from('\0abc'));
    expect(decode(overRaw, bytes)).to.deep.equal([undefined, [Buffer.from('abc')]]);
  });

  it('refuses metadata above the limit of whoever reads it', () => {
    const bytes = encode(overBson, [{ metadata: { a: '12345' } }, []]);
    expect(refusalOf(() => decode(new RequestSerializer(bson, 5), bytes)).message).to.match(
      /6 bytes, more than 5/,
    );
    expect(decode(new RequestSerializer(bson, 6), bytes)[1]).to.deep.equal([]);
  });

  it('blames the place of an argument that can not be sent, not of the envelope', () => {
    const error = refusalOf(() => encode(overBson, [undefined, [1, { f: () => 1 }]]));
    expect(error.path).to.equal('[1].f');
  });

  it('refuses a message that ends at every point', () => {
    const bytes = encode(overBson, [{ metadata: { a: 'b' } }, ['x']]);
    for (let length = 0; length < bytes.length; length++) {
      refusalOf(() => decode(overBson, Buffer.from(bytes.subarray(0, length))));
    }
  });

  it('finds the streams among the arguments', () => {
    const items = (async function* () {})();
    expect(overBson.streamsIn([{ metadata: { a: 'b' } }, [1, { items }]])).to.deep.equal([items]);
    expect(new RequestSerializer(raw, LIMIT).streamsIn([undefined, [items]])).to.deep.equal([]);
  });
});
