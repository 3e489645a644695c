import { expect } from 'chai';

import { POISON } from '../../lib/stream/half/message-memory.ts';
import { type Sink, type Source, verb } from '../../lib/index.ts';
import { bytes, packed } from '../../lib/layout.ts';
import { type CutPair, withCuts } from '../support/passing.ts';
import { turns, until } from '../support/turns.ts';

const TAKE = verb<(chunks: Source<[Uint8Array]>) => void>(0x57_0031);

/** More than a pool keeps. */
const COUNT = 60;
const BYTES = 100_000;

/** Nothing else goes through the proxy, and given back bytes are overwritten. */
const OPTIONS = { both: { poisonBorrowed: true, limits: { maxParked: 0 } } };

/** The reader takes nothing until it asks for it. */
const RESUMABLE = { windowBytes: 400_000, ackPeriod: 1 };

interface Ends {
  readonly sink: Sink<[Uint8Array]>;
  readonly source: Source<[Uint8Array]>;
}

async function open({ server, client }: CutPair, terms: object = RESUMABLE): Promise<Ends> {
  const sources: Source<[Uint8Array]>[] = [];
  server.handle(TAKE, (_context, source) => void sources.push(source));
  const sink = await client.makeStreamSink({
    serializer: packed(bytes),
    resumable: terms,
    checksum: 'crc32',
  });
  await client.call(TAKE, sink);
  return { sink, source: sources[0]! };
}

/** Memory of the stream with a chunk. */
function chunkOf(sink: Ends['sink'], index: number): Uint8Array {
  return sink.take(BYTES).fill(index);
}

function isWhole(chunk: Uint8Array, index: number): boolean {
  return chunk.length === BYTES && chunk.every((byte) => byte === index);
}

async function sendAll(sink: Ends['sink']): Promise<Set<ArrayBufferLike>> {
  const memories = new Set<ArrayBufferLike>();
  for (let index = 0; index < COUNT; index++) {
    const chunk = chunkOf(sink, index);
    memories.add(chunk.buffer);
    await sink.send(chunk);
  }
  await sink.closeAndConfirm();
  return memories;
}

/** Reads to the end. After some chunks the connection is cut. */
async function expectWhole(source: Ends['source'], { proxy }: CutPair): Promise<void> {
  let index = 0;
  for await (const [chunk] of source) {
    if (index % 9 === 3) {
      const connections = proxy.connections.length;
      proxy.connections.at(-1)!.reset();
      await until(() => proxy.connections.length > connections);
    }
    expect(isWhole(chunk, index), `chunk ${index}`).to.equal(true);
    index++;
  }
  expect(index).to.equal(COUNT);
}

describe('taken memory of a resumable stream', () => {
  for (const copy of [false, true]) {
    it(`B1-take brings every message whole, on all connections${copy ? ', if it is copied' : ''}`, async () => {
      await withCuts(OPTIONS, async (pair) => {
        const { sink, source } = await open(pair, { ...RESUMABLE, copy });
        const [memories] = await Promise.all([sendAll(sink), expectWhole(source, pair)]);
        expect(sink.resentMessages).to.be.above(0);
        expect(memories.size).to.be.below(COUNT);
      });
    });
  }

  it('B1-take uses memory again once the reader has taken its message, and not before', async () => {
    await withCuts(OPTIONS, async (pair) => {
      const { sink, source } = await open(pair);
      const first = chunkOf(sink, 1);
      await sink.send(first);
      await sink.flush();
      await until(() => source.bufferedBytes >= BYTES);
      expect(sink.take(BYTES).buffer).not.to.equal(first.buffer);
      expect(isWhole(first, 1)).to.equal(true);
      expect(isWhole((await source.read())![0], 1)).to.equal(true);
      const next = source.read();
      await until(() => sink.acknowledgedMessages === 1);
      const again = sink.take(BYTES);
      expect([again.buffer === first.buffer, first[0]]).to.deep.equal([true, POISON]);
      await sink.send(again.fill(2));
      expect(isWhole((await next)![0], 2)).to.equal(true);
      await Promise.all([source.read(), sink.close()]);
    });
  });

  it('B1-take leaves memory alone that was sent before the connection was lost', async () => {
    await withCuts(OPTIONS, async (pair) => {
      const { sink, source } = await open(pair);
      const first = chunkOf(sink, 1);
      await sink.send(first);
      await sink.flush();
      pair.proxy.connections.at(-1)!.reset();
      await until(() => sink.resentMessages === 1);
      expect(isWhole((await source.read())![0], 1)).to.equal(true);
      const next = source.read();
      await until(() => sink.acknowledgedMessages === 1);
      expect(sink.take(BYTES).buffer).not.to.equal(first.buffer);
      expect(isWhole(first, 1)).to.equal(true);
      await sink.close();
      expect(await next).to.equal(undefined);
    });
  });

  it('B1-take overwrites nothing that is kept when the reader wants no more', async () => {
    await withCuts(OPTIONS, async (pair) => {
      const { sink, source } = await open(pair);
      const first = chunkOf(sink, 1);
      await sink.send(first);
      source.cancel('enough');
      await sink.ended.catch(() => {});
      await turns(5);
      expect(isWhole(first, 1)).to.equal(true);
      expect(() => sink.take(1)).to.throw('canceled');
    });
  });
});
