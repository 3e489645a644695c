import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';

import { Deferred } from '../../lib/base/deferred.ts';
import { MisuseError } from '../../lib/errors/errors.ts';
import { bson, raw } from '../../lib/layout.ts';
import { CanceledError, OptionError, StreamClosedError, TimeoutError } from '../../lib/index.ts';
import { ManualClock } from '../../lib/testing.ts';
import { receiveBytes, sendBytes, sendFile, sendFrom } from '../../lib/blob.ts';
import {
  type Bytes,
  CHUNK_BYTES,
  lengthsOf,
  openFilesBelow,
  sha256,
  withByteStream,
  withFolder,
} from '../support/blobs.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { randomSample } from '../support/samples.ts';
import { drain, drainToError, Streams } from '../support/streams.ts';
import { turns, until } from '../support/turns.ts';
import { memoryPair, withServer } from '../support/with-server.ts';

const SIZES: readonly (readonly [number, readonly number[]])[] = [
  [0, []],
  [1, [1]],
  [CHUNK_BYTES - 1, [CHUNK_BYTES - 1]],
  [CHUNK_BYTES, [CHUNK_BYTES]],
  [CHUNK_BYTES + 1, [CHUNK_BYTES, 1]],
];

describe('sendBytes', () => {
  for (const [bytes, lengths] of SIZES) {
    it(`N4 sends ${bytes} bytes as ${lengths.length} messages and the end`, async () => {
      await withByteStream(async ({ sink, source }) => {
        const [report, messages] = await Promise.all([
          sendBytes(sink, randomSample(bytes)),
          drain(source),
        ]);
        expect(lengthsOf(messages)).to.deep.equal(lengths);
        expect(report).to.deep.equal({ bytes, digest: undefined });
      });
    });
  }

  for (const serializer of [raw, bson]) {
    it(`N4 brings 10 MiB of random bytes over unchanged: ${serializer.name}`, async () => {
      await withServer(async ({ server, client }) => {
        const streams = new Streams(server, client, { serializer });
        const { sink, source } = await streams.oneWay<Bytes>();
        const bytes = randomSample(10_485_760);
        const [report, received] = await Promise.all([
          sendBytes(sink, bytes, { checksum: 'sha256' }),
          receiveBytes(source),
        ]);
        expect(sha256(received)).to.equal(sha256(bytes));
        expect(report).to.deep.equal({ bytes: bytes.length, digest: sha256(bytes) });
      });
    });
  }

  it('N4 refuses a negative chunk, and leaves the sink as it was', async () => {
    await withByteStream(async ({ sink, source }) => {
      const error = await rejectionOf(sendBytes(sink, Buffer.alloc(1), { chunkBytes: -1 }));
      expect(error).to.be.instanceOf(OptionError).that.includes({ option: 'chunkBytes' });
      await Promise.all([sendBytes(sink, Buffer.alloc(1)), drain(source)]);
    });
  });

  it('N4 sends nothing when the signal has fired before', async () => {
    await withByteStream(async ({ sink, source }) => {
      const signal = AbortSignal.abort('before');
      const error = await rejectionOf(sendBytes(sink, Buffer.alloc(1), { signal }));
      expect(error).to.be.instanceOf(CanceledError).that.includes({ cause: 'before' });
      expect((await drainToError(source)).messages).to.deep.equal([]);
    });
  });

  it('N4 gives up waiting for a reader when its time is over', async () => {
    await withByteStream(async ({ sink, source }) => {
      const clock = new ManualClock();
      const sending = sendBytes(sink, Buffer.alloc(50_000_000), { clock, timeoutMs: 1_000 });
      const sent = follow(sending);
      await turns(100);
      expect(sent.outcome).to.equal(undefined);
      clock.advance(1_000);
      expect(await rejectionOf(sending)).to.be.instanceOf(TimeoutError);
      await drainToError(source);
    });
  });

  for (const callback of ['onProgress', 'onSent'] as const) {
    it(`N4 waits for a promise of ${callback}, and fails with its rejection`, async () => {
      await withByteStream(async ({ sink, source }) => {
        const failure = new Error('the callback failed');
        const told = new Deferred();
        const sending = sendBytes(sink, Buffer.alloc(1), { [callback]: () => told.promise });
        const sent = follow(sending);
        const reading = callback === 'onSent' ? drain(source) : drainToError(source);
        await turns(50);
        expect(sent.outcome).to.equal(undefined);
        told.reject(failure);
        expect(await rejectionOf(sending, Error)).to.equal(failure);
        await reading;
      });
    });
  }

  it('N4 fails with what its progress callback throws', async () => {
    await withByteStream(async ({ sink, source }) => {
      const failure = new Error('the callback failed');
      const onProgress = (): never => {
        throw failure;
      };
      const sending = sendBytes(sink, Buffer.alloc(1), { onProgress });
      expect(await rejectionOf(sending, Error)).to.equal(failure);
      await drainToError(source);
    });
  });
});

describe('sendFrom', () => {
  it('N4 passes on the pieces of a Readable', async () => {
    await withByteStream(async ({ sink, source }) => {
      const pieces = [1, CHUNK_BYTES + 1, 2].map((length) => randomSample(length));
      const totals: unknown[] = [];
      const [report, messages] = await Promise.all([
        sendFrom(sink, Readable.from(pieces), {
          totalBytes: 999,
          onProgress: (...progress) => void totals.push(progress),
        }),
        drain(source),
      ]);
      expect(lengthsOf(messages)).to.deep.equal([1, CHUNK_BYTES, 1, 2]);
      expect(Buffer.concat(messages.flat())).to.deep.equal(Buffer.concat(pieces));
      expect(report.bytes).to.equal(CHUNK_BYTES + 4);
      expect(totals).to.deep.equal([
        [1, 999],
        [CHUNK_BYTES + 1, 999],
        [CHUNK_BYTES + 2, 999],
        [CHUNK_BYTES + 4, 999],
      ]);
    });
  });

  it('F33 aborts the sink when the Readable fails: the reader has what came before and an error', async () => {
    await withByteStream(async ({ sink, source }) => {
      const failure = new Error('the disk is gone');
      const readable = new PassThrough();
      const sending = rejectionOf(sendFrom(sink, readable), Error);
      readable.write('before');
      const first = await source.read();
      readable.destroy(failure);
      expect(await sending).to.equal(failure);
      expect(first?.map(String)).to.deep.equal(['before']);
      expect((await drainToError(source)).error).to.be.instanceOf(StreamClosedError);
    });
  });

  it('N4 refuses content that is given once and was sent before: it would send no bytes', async () => {
    const content = Readable.from([randomSample(3)]);
    await withByteStream(async ({ sink, source }) => {
      await sendFrom(sink, content);
      expect(lengthsOf(await drain(source))).to.deep.equal([3]);
    });
    await withByteStream(async ({ sink, source }) => {
      await rejectionOf(sendFrom(sink, content), MisuseError);
      expect((await drainToError(source)).error).to.be.instanceOf(StreamClosedError);
    });
  });

  it('N4 leaves an idle Readable when the reader cancels', async () => {
    await withByteStream(async ({ sink, source }) => {
      const idle = new PassThrough();
      const sending = rejectionOf(sendFrom(sink, idle));
      idle.write('first');
      await source.read();
      source.cancel();
      expect(await sending).to.be.instanceOf(StreamClosedError);
      expect(idle.destroyed).to.equal(true);
    });
  });

  it('N4 leaves an idle Readable when the signal fires', async () => {
    await withByteStream(async ({ sink, source }) => {
      const abort = new AbortController();
      const idle = new PassThrough();
      const sending = rejectionOf(sendFrom(sink, idle, { signal: abort.signal }));
      abort.abort('enough');
      expect(await sending).to.be.instanceOf(CanceledError);
      expect(idle.destroyed).to.equal(true);
      await drainToError(source);
    });
  });

  it('N4 reads no further than a reader that stalls lets it', async () => {
    const memory = memoryPair({ bufferBytes: 4_096 });
    const limits = { sinkBudgetBytes: 20_000, sourceBudgetBytes: 20_000 };
    await withServer({ both: { ...memory.both, limits } }, async ({ server, client }) => {
      const { sink, source } = await new Streams(server, client, {
        serializer: raw,
      }).oneWay<Bytes>();
      let given = 0;
      const content = (async function* () {
        for (; given < 1_000; given++) yield randomSample(1_000);
        await Promise.resolve();
      })();
      const sending = sendFrom(sink, content);
      let before = -1;
      while (before !== given) {
        before = given;
        await turns(100);
      }
      expect(given).to.be.within(20, 60);
      expect(await drain(source)).to.have.length(1_000);
      await sending;
    });
  });
});

describe('sendFile', () => {
  for (const [bytes, lengths] of SIZES) {
    it(`N4 sends a file of ${bytes} bytes as ${lengths.length} messages and the end`, async () => {
      await withFolder(async (folder) => {
        const path = join(folder, 'file');
        const content = randomSample(bytes);
        await writeFile(path, content);
        await withByteStream(async ({ sink, source }) => {
          const [report, messages] = await Promise.all([sendFile(sink, path), drain(source)]);
          expect(lengthsOf(messages)).to.deep.equal(lengths);
          expect(Buffer.concat(messages.flat()).equals(content)).to.equal(true);
          expect(report).to.deep.equal({ bytes, digest: undefined });
          expect(openFilesBelow(folder)).to.deep.equal([]);
        });
      });
    });
  }

  it('N4 sends a part of 10 MiB, in chunks as asked for', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'file');
      const content = randomSample(10_485_760);
      await writeFile(path, content);
      await withByteStream(async ({ sink, source }) => {
        const options = { start: 7, end: 10_000_000, chunkBytes: 100_000 };
        const [, messages] = await Promise.all([sendFile(sink, path, options), drain(source)]);
        const lengths = lengthsOf(messages);
        expect(new Set(lengths.slice(0, -1))).to.deep.equal(new Set([100_000]));
        expect(lengths.at(-1)).to.equal(99_993);
        const received = Buffer.concat(messages.flat());
        expect(sha256(received)).to.equal(sha256(content.subarray(7, 10_000_000)));
      });
    });
  });

  it('F33 aborts the sink when the file can not be read', async () => {
    await withFolder(async (folder) => {
      await withByteStream(async ({ sink, source }) => {
        const sending = rejectionOf(sendFile(sink, join(folder, 'missing')), Error);
        expect(await sending).to.include({ code: 'ENOENT' });
        expect((await drainToError(source)).messages).to.deep.equal([]);
      });
    });
  });

  it('N4 closes the file when the reader cancels in the middle', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'file');
      await writeFile(path, Buffer.alloc(50_000_000));
      await withByteStream(async ({ sink, source }) => {
        const sending = rejectionOf(sendFile(sink, path));
        await source.read();
        source.cancel();
        expect(await sending).to.be.instanceOf(StreamClosedError);
        await until(() => openFilesBelow(folder).length === 0);
      });
    });
  });
});
