import { expect } from 'chai';

import { copyPlain, decodePlain, encodePlain, isDocument } from '../../lib/document/plain-bson.ts';
import { SerializationError } from '../../lib/errors/errors.ts';
import { STREAM_HANDLE } from '../../lib/types/stream-handle.ts';

describe('connection/plain-bson', () => {
  it('writes a tuple of one, as the bson serializer does', () => {
    const bytes = encodePlain({ a: 1 });
    expect(bytes.toString('hex')).to.equal(
      '14000000 0330 00 0c000000 106100 01000000 00 00'.replaceAll(' ', ''),
    );
    expect(decodePlain(bytes)).to.deep.equal({ a: 1 });
  });

  it('refuses what is malformed', () => {
    expect(() => decodePlain(Buffer.from('boom'))).to.throw(SerializationError);
  });

  it('refuses streams', () => {
    const sink = { [STREAM_HANDLE]: 'sink' };
    expect(() => encodePlain({ sink })).to.throw();
    expect(copyPlain({ sink }, 1_000)).to.equal(undefined);
    expect(copyPlain({ items: (async function* () {})() }, 1_000)).to.equal(undefined);
  });

  it('tells what a copy takes within a document', () => {
    for (const value of ['text', 5, 2.5, { a: [1, 2] }, Buffer.from('x'), null]) {
      const alone = encodePlain({}).length;
      const { byteLength } = copyPlain(value, 1_000)!;
      expect(encodePlain({ k: value }).length - alone).to.equal(byteLength + 'xk\0'.length);
    }
  });

  for (const maxBytes of [14, 15, 16]) {
    it(`a value of 15 bytes is ${maxBytes < 15 ? 'refused' : 'taken'} within ${maxBytes}`, () => {
      expect(copyPlain('0123456789', maxBytes)?.byteLength).to.equal(
        maxBytes < 15 ? undefined : 15,
      );
    });
  }

  it('takes what fills its room, though it is estimated above that', () => {
    const flags = Array.from({ length: 1_000 }, () => true);
    const { byteLength } = copyPlain(flags, 100_000)!;
    expect(copyPlain(flags, byteLength)).not.to.equal(undefined);
    expect(copyPlain(flags, byteLength - 1)).to.equal(undefined);
  });

  it('a copy is apart from what it was made of', () => {
    const value = { list: [1] };
    const copy = copyPlain(value, 100)!.value;
    value.list.push(2);
    expect(copy).to.deep.equal({ list: [1] });
  });

  it('copies nothing that can’t be sent', () => {
    for (const value of [() => {}, Symbol('s'), new Set(), 2n ** 70n, '\ud800']) {
      expect(copyPlain(value, 1_000)).to.equal(undefined);
    }
  });

  it('tells documents from all else', () => {
    expect(isDocument({})).to.equal(true);
    for (const other of [undefined, null, 'x', [], Buffer.alloc(1), new Date()]) {
      expect(isDocument(other)).to.equal(false);
    }
  });
});
