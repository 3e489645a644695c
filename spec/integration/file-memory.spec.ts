import { expect } from 'chai';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';

import {
  fileBlob,
  receiveBytes,
  receiveFile,
  receiveInto,
  sendFile,
  type SendFileOptions,
} from '../../lib/blob.ts';
import { type Sink, type Source, StreamClosedError, verb } from '../../lib/index.ts';
import { raw } from '../../lib/layout.ts';
import { type Bytes, CHUNK_BYTES, gather, openFilesBelow, withFolder } from '../support/blobs.ts';
import { withCuts } from '../support/passing.ts';
import { rejectionOf } from '../support/rejection.ts';
import { randomSample } from '../support/samples.ts';
import { type Direction, drain, Streams } from '../support/streams.ts';
import { turns, until } from '../support/turns.ts';
import { withServer } from '../support/with-server.ts';

/** More bytes than the kernels take of a stream that is not read. */
const CHUNKS = 120;
const CONTENT = randomSample(CHUNKS * CHUNK_BYTES - 1_000);

/** Some turns of the pool, in which a part of it may be new. */
const FEW = CHUNKS / 3;

const POISONED = { both: { poisonBorrowed: true } };
const CHECKED: SendFileOptions = { checksum: 'sha256', appendDigest: true };

/** The memory that files were read into, and written from. */
interface Memories {
  readonly read: Set<ArrayBufferLike>;
  readonly written: Set<ArrayBufferLike>;
}

interface Methods {
  readv(this: unknown, buffers: Uint8Array[], ...rest: unknown[]): unknown;
  write(this: unknown, bytes: Uint8Array, ...rest: unknown[]): unknown;
}

/** Runs a test with a file, and with what is seen of the memory of all files meanwhile. */
async function withFile(
  run: (paths: { from: string; to: string }, memories: Memories) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    await writeFile(from, CONTENT);
    const memories: Memories = { read: new Set(), written: new Set() };
    const unspy = await spyOnFiles(from, memories);
    try {
      await run({ from, to }, memories);
    } finally {
      unspy();
    }
    // A read that was under way when a reader left may end later than the call.
    await until(() => openFilesBelow(folder).length === 0);
  });
}

async function spyOnFiles(path: string, { read, written }: Memories): Promise<() => void> {
  const file = await open(path);
  const methods = Object.getPrototypeOf(file) as Methods;
  await file.close();
  const { readv, write } = methods;
  methods.readv = function (buffers, ...rest) {
    for (const { buffer } of buffers) read.add(buffer);
    return readv.call(this, buffers, ...rest);
  };
  methods.write = function (bytes, ...rest) {
    written.add(bytes.buffer);
    return write.call(this, bytes, ...rest);
  };
  return () => void Object.assign(methods, { readv, write });
}

async function withByteStream(run: (stream: Direction<Bytes>) => Promise<void>): Promise<void> {
  await withServer(POISONED, async ({ server, client }) => {
    await run(await new Streams(server, client, { serializer: raw }).oneWay<Bytes>());
  });
}

function expectContent(got: Uint8Array): void {
  expect(CONTENT.equals(got), 'the content').to.equal(true);
}

describe('the memory of files', () => {
  it('B1-take sends a file from memory that is used again, to a reader that is slow', async () => {
    await withFile(async ({ from }, { read }) => {
      await withByteStream(async ({ sink, source }) => {
        const sent = sendFile(sink, from, { checksum: 'sha256' });
        await until(() => sink.bufferedBytes > CHUNK_BYTES);
        const got = await drain(source);
        expectContent(Buffer.concat(got.map(([chunk]) => chunk)));
        expect((await sent).bytes).to.equal(CONTENT.length);
        expect(read.size).to.be.below(FEW);
      });
    });
  });

  it('B1-take brings a file from disk to disk, both ends in memory that is used again', async () => {
    await withFile(async ({ from, to }, { read, written }) => {
      await withByteStream(async ({ sink, source }) => {
        const [sent, received] = await Promise.all([
          sendFile(sink, from, CHECKED),
          receiveFile(source, to, { checksum: 'sha256' }),
        ]);
        expect(received).to.deep.equal(sent);
        expectContent(await readFile(to));
        expect(read.size).to.be.below(FEW);
        expect(written.size).to.be.below(FEW);
      });
    });
  });

  it('B1-take brings a blob that is a value from disk to disk in the same way', async () => {
    await withFile(async ({ from, to }, { read, written }) => {
      await withServer(POISONED, async ({ server, client }) => {
        const files = { read: () => fileBlob(from, CHECKED) };
        server.expose('files', files);
        const api = client.api<typeof files>('files');
        await receiveFile(await api.read(), to, { checksum: 'sha256' });
        expectContent(await readFile(to));
        expect(read.size).to.be.below(FEW);
        expect(written.size).to.be.below(FEW);
        written.clear();
        await receiveFile(api.read(), to, { checksum: 'sha256', expectedDigest: 'appended' });
        expectContent(await readFile(to));
        expect(written.size).to.be.below(FEW);
      });
    });
  });

  it('B1-take brings a file whole over a resumable stream that is cut', async () => {
    const take = verb<(input: Source<Bytes>) => void>(0x57_0032);
    await withFile(async ({ from, to }, { read }) => {
      const options = { both: { poisonBorrowed: true, limits: { maxParked: 0 } } };
      await withCuts(options, async ({ server, client, proxy }) => {
        const sources: Source<Bytes>[] = [];
        server.handle(take, (_context, source) => void sources.push(source));
        const sink: Sink<Bytes> = await client.makeStreamSink({
          serializer: raw,
          resumable: { windowBytes: 1_000_000 },
        });
        await client.call(take, sink);
        let chunks = 0;
        const onProgress = (): void => {
          if (++chunks % 30 === 7) proxy.connections.at(-1)!.reset();
        };
        await Promise.all([
          sendFile(sink, from, CHECKED),
          receiveFile(sources[0]!, to, { checksum: 'sha256', onProgress }),
        ]);
        expectContent(await readFile(to));
        expect(sink.resentMessages).to.be.above(0);
        expect(read.size).to.be.below(CHUNKS);
      });
    });
  });

  it('B1-take sends small chunks, and parts of a file, whole', async () => {
    await withFile(async ({ from }) => {
      for (const [chunkBytes, start] of [
        [1_000, 3],
        [16_383, 1_000_000],
        [16_384, 1_000_000],
        [1_000_000, 1],
      ] as const) {
        await withByteStream(async ({ sink, source }) => {
          const end = start + 2_100_000;
          const [got] = await Promise.all([
            receiveBytes(source, { checksum: 'sha256' }),
            sendFile(sink, from, { ...CHECKED, chunkBytes, start, end, resumeFrom: 0 }),
          ]);
          expect(CONTENT.subarray(start, end).equals(got)).to.equal(true);
        });
      }
    });
  });

  it('B1-take leaves chunks alone that a hook has seen, at either end', async () => {
    await withFile(async ({ from, to }) => {
      await withServer(POISONED, async ({ server, client }) => {
        const files = { read: () => fileBlob(from) };
        const kept: Uint8Array[][] = [[], []];
        const keep = (place: number) => (item: unknown) => {
          kept[place]!.push(item as Uint8Array);
          return item;
        };
        server.expose('files', files, { onSend: keep(0) });
        const api = client.api<typeof files>('files', { onReceive: keep(1) });
        await receiveFile(api.read(), to);
        expectContent(await readFile(to));
        for (const chunks of kept) expectContent(Buffer.concat(chunks));
      });
    });
  });

  it('B1-borrowed gives a chunk whole that looks like the digest behind the last one', async () => {
    await withByteStream(async ({ sink, source }) => {
      const chunks = ['content', '', 'crc32:1234', 'more'];
      const received = receiveBytes(source, { checksum: 'crc32' });
      for (const chunk of chunks) {
        await sink.send(Buffer.from(chunk));
        await turns(5);
      }
      await sink.close();
      expect(Buffer.from(await received).toString()).to.equal(chunks.join(''));
    });
  });

  it('B1-borrowed leaves chunks alone that a Writable may keep', async () => {
    await withFile(async ({ from }) => {
      await withByteStream(async ({ sink, source }) => {
        const chunks: Uint8Array[] = [];
        const keeping = new Writable({
          write(chunk: Uint8Array, _encoding, callback) {
            chunks.push(chunk);
            callback();
          },
        });
        await Promise.all([sendFile(sink, from), receiveInto(source, keeping)]);
        expectContent(Buffer.concat(chunks));
      });
    });
  });

  it('B1-take ends in order when the reader wants no more, and overwrites nothing under way', async () => {
    await withFile(async ({ from }) => {
      await withByteStream(async ({ sink, source }) => {
        const sent = rejectionOf(sendFile(sink, from), StreamClosedError);
        const first = (await source.read())![0];
        await until(() => sink.bufferedBytes > CHUNK_BYTES);
        source.cancel('enough');
        await sent;
        await turns(5);
        expect(CONTENT.subarray(0, CHUNK_BYTES).equals(first)).to.equal(true);
      });
    });
  });

  it('B1-take gives a blob that is read in this process chunks of its own', async () => {
    await withFile(async ({ from }) => {
      expectContent(Buffer.concat(await gather(fileBlob(from))));
    });
  });
});
