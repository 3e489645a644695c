import { expect } from 'chai';
import { runInNewContext } from 'node:vm';

import { SerializationError } from '../../lib/index.ts';
import { assertBytes, cut } from '../../lib/blob/blob-content.ts';

describe('service/blob/blob-content', () => {
  for (const [bytes, lengths] of [
    [0, []],
    [9, [9]],
    [10, [10]],
    [11, [10, 1]],
    [20, [10, 10]],
  ] as const) {
    it(`N4 cuts ${bytes} bytes into ${lengths.length} chunks of at most 10, as views`, () => {
      const whole = Buffer.from(Array.from({ length: bytes }, (_, at) => at));
      const chunks = [...cut(whole, 10)];
      expect(chunks.map(({ length }) => length)).to.deep.equal(lengths);
      expect(Buffer.concat(chunks)).to.deep.equal(whole);
      for (const { buffer } of chunks) expect(buffer).to.equal(whole.buffer);
    });
  }

  it('takes Uint8Arrays of any realm and nothing else', () => {
    assertBytes(runInNewContext('new Uint8Array(1)'), 'local');
    for (const piece of ['text', 1, null, new Uint16Array(1), [1]]) {
      expect(() => assertBytes(piece, 'remote'))
        .to.throw(SerializationError)
        .that.includes({ initiator: 'remote' });
    }
  });
});
