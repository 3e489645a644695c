import { expect } from 'chai';
import { runInNewContext } from 'node:vm';

import { SerializationError } from '../../lib/index.ts';
import { assertBytes, bytesContent, cut } from '../../lib/blob/blob-content.ts';
import { BlobMeter } from '../../lib/blob/blob-meter.ts';
import { GONE_BYTES } from '../../lib/serializer/gone-bytes.ts';
import { transfer, transferred } from '../support/transferred.ts';

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

  it('N4 refuses bytes without their memory, whenever it went away', async () => {
    const refusal = [SerializationError, GONE_BYTES] as const;
    expect(() => assertBytes(transferred(), 'local')).to.throw(...refusal);
    const bytes = new Uint8Array(30);
    const content = bytesContent(bytes);
    const chunks = cut(bytes, 10);
    expect(chunks.next().value).to.have.length(10);
    transfer(bytes);
    expect(() => chunks.next()).to.throw(...refusal);
    const opened = content.open(new BlobMeter('none', undefined, undefined));
    const first = await opened[Symbol.asyncIterator]()
      .next()
      .catch((error: unknown) => error);
    expect(first).to.be.instanceOf(SerializationError).and.have.property('message', GONE_BYTES);
  });

  it('takes Uint8Arrays of any realm and nothing else', () => {
    assertBytes(runInNewContext('new Uint8Array(1)'), 'local');
    for (const piece of ['text', 1, null, new Uint16Array(1), [1]]) {
      expect(() => assertBytes(piece, 'remote'))
        .to.throw(SerializationError)
        .that.includes({ initiator: 'remote' });
    }
  });
});
