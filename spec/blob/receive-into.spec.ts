import { expect } from 'chai';
import { createWriteStream } from 'node:fs';
import { PassThrough, Writable } from 'node:stream';

import { CanceledError, StreamClosedError } from '../../lib/index.ts';
import { MisuseError } from '../../lib/errors/errors.ts';
import { receiveInto, sendBytes } from '../../lib/blob.ts';
import { sha256, withByteStream } from '../support/blobs.ts';
import { rejectionOf } from '../support/rejection.ts';
import { randomSample } from '../support/samples.ts';
import { turns, until } from '../support/turns.ts';

/** Keeps what is written to it. */
class Shelf extends Writable {
  readonly chunks: Uint8Array[] = [];

  override _write(chunk: Uint8Array, _encoding: unknown, done: () => void): void {
    this.chunks.push(chunk);
    setImmediate(done);
  }
}

describe('receiveInto', () => {
  it('N4 writes 10 MiB, ends the Writable and reports when it has finished', async () => {
    await withByteStream(async ({ sink, source }) => {
      const bytes = randomSample(10_485_760);
      const shelf = new Shelf();
      const [, report] = await Promise.all([
        sendBytes(sink, bytes),
        receiveInto(source, shelf, { checksum: 'sha256' }),
      ]);
      expect(shelf.writableFinished).to.equal(true);
      expect(report).to.deep.equal({ bytes: bytes.length, digest: sha256(bytes) });
      expect(Buffer.concat(shelf.chunks).equals(bytes)).to.equal(true);
      for (const event of ['drain', 'error', 'finish', 'close']) {
        expect(shelf.listenerCount(event), `listeners of ${event}`).to.equal(0);
      }
    });
  });

  it('N4 leaves the Writable open where it is told so', async () => {
    await withByteStream(async ({ sink, source }) => {
      const shelf = new Shelf();
      await Promise.all([
        sendBytes(sink, Buffer.from('one')),
        receiveInto(source, shelf, { end: false }),
      ]);
      expect(shelf.writableEnded).to.equal(false);
      shelf.end('two');
      await until(() => shelf.writableFinished);
      expect(Buffer.concat(shelf.chunks).toString()).to.equal('onetwo');
    });
  });

  it('N4 reads no further than the Writable takes', async () => {
    await withByteStream(async ({ sink, source }) => {
      const stuck = new Writable({ highWaterMark: 1, write() {} });
      const receiving = rejectionOf(receiveInto(source, stuck), Error);
      await sink.send(Buffer.alloc(10));
      await sink.send(Buffer.alloc(10));
      await until(() => source.bufferedBytes > 0);
      await turns(50);
      expect(stuck.writableLength).to.equal(10);
      expect(source.bufferedBytes).to.equal(14);
      stuck.destroy(new Error('enough'));
      expect((await receiving).message).to.equal('enough');
    });
  });

  const isLinux = process.platform === 'linux';
  const fullDisk = 'F33 tells the producer when the disk is full';
  it(isLinux ? fullDisk : `${fullDisk} (skipped: no /dev/full here)`, async function () {
    if (!isLinux) this.skip();
    await withByteStream(async ({ sink, source }) => {
      const full = createWriteStream('/dev/full');
      const ended = rejectionOf(sink.ended);
      const receiving = rejectionOf(receiveInto(source, full), Error);
      const sending = sendBytes(sink, Buffer.alloc(50_000_000)).catch(() => {});
      expect(await receiving).to.include({ code: 'ENOSPC' });
      expect(await ended).to.be.instanceOf(StreamClosedError);
      await sending;
      expect(full.destroyed).to.equal(true);
    });
  });

  it('N4 tells the producer when the Writable fails while nothing comes', async () => {
    await withByteStream(async ({ sink, source }) => {
      const shelf = new Shelf();
      const receiving = rejectionOf(receiveInto(source, shelf), Error);
      const ended = rejectionOf(sink.ended);
      shelf.destroy(new Error('gone'));
      expect((await receiving).message).to.equal('gone');
      expect(await ended).to.be.instanceOf(StreamClosedError);
    });
  });

  it('N4 fails where somebody else ends the Writable meanwhile', async () => {
    await withByteStream(async ({ sink, source }) => {
      const shelf = new Shelf();
      const receiving = rejectionOf(receiveInto(source, shelf));
      await sink.send(Buffer.from('the beginning'));
      await until(() => shelf.chunks.length === 1);
      shelf.end();
      expect(await receiving).to.be.instanceOf(MisuseError);
      await rejectionOf(sink.ended);
    });
  });

  it('N4 fails where the Writable has ended before', async () => {
    await withByteStream(async ({ sink, source }) => {
      const shelf = new Shelf();
      shelf.destroy();
      const receiving = rejectionOf(receiveInto(source, shelf), Error);
      expect(await receiving).to.include({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
      await rejectionOf(sink.ended);
    });
  });

  it('N4 destroys the Writable when the stream fails, and never ends it', async () => {
    await withByteStream(async ({ sink, source }) => {
      const shelf = new Shelf();
      const receiving = rejectionOf(receiveInto(source, shelf));
      await sink.send(Buffer.from('the beginning'));
      await until(() => shelf.chunks.length === 1);
      sink.abort();
      expect(await receiving).to.be.instanceOf(StreamClosedError);
      expect(shelf).to.include({ destroyed: true, writableEnded: false });
    });
  });

  for (const end of [true, false]) {
    it(`N4 gives up when the signal fires while the Writable is stuck: end is ${end}`, async () => {
      await withByteStream(async ({ sink, source }) => {
        const abort = new AbortController();
        const stuck = new PassThrough({ highWaterMark: 1 });
        const receiving = receiveInto(source, stuck, { signal: abort.signal, end });
        await sink.send(Buffer.alloc(10));
        await until(() => stuck.writableNeedDrain);
        abort.abort('enough');
        expect(await rejectionOf(receiving)).to.be.instanceOf(CanceledError);
        expect(stuck.destroyed).to.equal(end);
        stuck.destroy();
        await rejectionOf(sink.ended);
      });
    });
  }
});
