import { expect } from 'chai';
import { PassThrough, Readable } from 'node:stream';

import { blobOf, receiveBytes } from '../../lib/blob.ts';
import { CanceledError, OptionError, SerializationError, TimeoutError } from '../../lib/index.ts';
import { ManualClock } from '../../lib/testing.ts';
import { CHUNK_BYTES, gather, sha256 } from '../support/blobs.ts';
import { rejectionOf } from '../support/rejection.ts';
import { randomSample } from '../support/samples.ts';
import { until } from '../support/turns.ts';

async function lengths(blob: AsyncIterable<Uint8Array>): Promise<number[]> {
  return (await gather(blob)).map(({ length }) => length);
}

describe('service/blob/blob', () => {
  for (const [bytes, expected] of [
    [0, []],
    [1, [1]],
    [CHUNK_BYTES - 1, [CHUNK_BYTES - 1]],
    [CHUNK_BYTES, [CHUNK_BYTES]],
    [CHUNK_BYTES + 1, [CHUNK_BYTES, 1]],
  ] as const) {
    it(`N4 gives ${bytes} bytes as ${expected.length} chunks`, async () => {
      expect(await lengths(blobOf(Buffer.alloc(bytes)))).to.deep.equal(expected);
    });
  }

  it('N4 passes small pieces on as they come, drops empty ones and cuts large ones', async () => {
    const pieces = [3, 0, 10, 25].map((length) => Buffer.alloc(length));
    const blob = blobOf(Readable.from(pieces), { chunkBytes: 10 });
    expect(await lengths(blob)).to.deep.equal([3, 10, 10, 10, 5]);
  });

  it('N4 gives what an async generator and a web stream give', async () => {
    const generated = blobOf(
      (async function* () {
        await Promise.resolve();
        yield Buffer.from('gener');
        yield Buffer.from('ated');
      })(),
    );
    expect(Buffer.concat(await gather(generated)).toString()).to.equal('generated');
    const web = blobOf(new Response('from the web').body ?? Buffer.alloc(0));
    expect(Buffer.concat(await gather(web)).toString()).to.equal('from the web');
  });

  it('N4 reads nothing before the first chunk is wanted, and no more than is', async () => {
    let given = 0;
    const readable = new Readable({
      highWaterMark: 1,
      read() {
        given++;
        this.push(Buffer.alloc(10));
      },
    });
    const chunks = blobOf(readable)[Symbol.asyncIterator]();
    expect(given).to.equal(0);
    await chunks.next();
    expect(given).to.be.within(1, 3);
    await chunks.return?.();
    await until(() => readable.destroyed);
  });

  it('N4 fails as its content does, behind what came before', async () => {
    const failure = new Error('the disk is gone');
    const readable = new Readable({ read() {} });
    readable.push(Buffer.from('before'));
    const chunks = blobOf(readable)[Symbol.asyncIterator]();
    expect((await chunks.next()).value).to.deep.equal(Buffer.from('before'));
    readable.destroy(failure);
    expect(await rejectionOf(chunks.next(), Error)).to.equal(failure);
    expect((await chunks.next()).done).to.equal(true);
  });

  it('N4 refuses what is no bytes', async () => {
    const text = Readable.from(['text']);
    const error = await rejectionOf(gather(blobOf(text)), SerializationError);
    expect(error.message).to.equal('a blob is made of Uint8Arrays, got a string');
    expect(text.destroyed).to.equal(true);
    expect(() => blobOf(new Uint16Array(1) as unknown as Uint8Array)).to.throw(SerializationError);
  });

  it('N4 refuses a negative chunk at once', () => {
    const options = { chunkBytes: -1 };
    expect(() => blobOf(Buffer.alloc(0), options))
      .to.throw(OptionError)
      .that.includes({ option: 'chunkBytes' });
  });

  it('N4 ends at once when the signal fires while nothing comes', async () => {
    const abort = new AbortController();
    const idle = new PassThrough();
    const chunks = blobOf(idle, { signal: abort.signal })[Symbol.asyncIterator]();
    const next = chunks.next();
    abort.abort('enough');
    expect(await rejectionOf(next, CanceledError)).to.include({ cause: 'enough' });
    expect(idle.destroyed).to.equal(true);
  });

  it('N4 counts its time from the first chunk that is wanted', async () => {
    const clock = new ManualClock();
    const chunks = blobOf(new PassThrough(), { clock, timeoutMs: 10 })[Symbol.asyncIterator]();
    clock.advance(100);
    const next = chunks.next();
    clock.advance(9);
    await Promise.resolve();
    clock.advance(1);
    expect(await rejectionOf(next, TimeoutError)).to.include({ limitMs: 10 });
  });

  it('N4 tells progress and the report with the digest', async () => {
    const bytes = randomSample(2 * CHUNK_BYTES + 1);
    const told: unknown[] = [];
    const blob = blobOf(bytes, {
      checksum: 'sha256',
      onProgress: (...progress) => void told.push(progress),
      onSent: (report) => void told.push(report),
    });
    await gather(blob);
    expect(told).to.deep.equal([
      [CHUNK_BYTES, bytes.length],
      [2 * CHUNK_BYTES, bytes.length],
      [bytes.length, bytes.length],
      { bytes: bytes.length, digest: sha256(bytes) },
    ]);
  });

  it('N4 is received as it is, also with its digest behind it', async () => {
    const bytes = randomSample(300_000);
    for (const options of [{}, { checksum: 'crc32', appendDigest: true }] as const) {
      const received = await receiveBytes(blobOf(bytes, options));
      expect(bytes.equals(received)).to.equal(true);
    }
  });
});
