import { expect } from 'chai';

import { POISON } from '../../lib/stream/half/message-memory.ts';
import { type RemoteStream, type Sink, type Source, stream, verb } from '../../lib/index.ts';
import { bytes, packed } from '../../lib/layout.ts';
import { type CutPair, SIDES, withCuts } from '../support/passing.ts';
import { until } from '../support/turns.ts';

const TAKE = verb<(chunks: Source<[Uint8Array]>) => void>(0x57_0030);

/** More than a pool keeps. */
const COUNT = 40;
const BYTES = 100_000;

/** Nothing else goes through the proxy, and given back bytes are overwritten. */
const OPTIONS = { both: { poisonBorrowed: true, limits: { maxParked: 0 } } };

/** The reader is done with nothing until it says so, or takes the next step. */
const RESUMABLE = { windowBytes: 400_000, ackPeriod: 1 };

function chunkOf(index: number): Uint8Array {
  return Buffer.alloc(BYTES, index);
}

function isWhole(chunk: Uint8Array, index: number): boolean {
  return chunk.length === BYTES && chunk.every((byte) => byte === index);
}

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < COUNT; index++) yield chunkOf(index);
}

/** Reads to the end. After some chunks the connection is cut, while they are borrowed. */
async function expectWhole(
  borrowed: AsyncIterable<Uint8Array>,
  { proxy }: CutPair,
): Promise<Set<ArrayBufferLike>> {
  const memories = new Set<ArrayBufferLike>();
  let index = 0;
  for await (const chunk of borrowed) {
    if (index % 9 === 3) {
      const connections = proxy.connections.length;
      proxy.connections.at(-1)!.reset();
      await until(() => proxy.connections.length > connections);
    }
    expect(isWhole(chunk, index), `chunk ${index}`).to.equal(true);
    memories.add(chunk.buffer);
    index++;
  }
  expect(index).to.equal(COUNT);
  return memories;
}

/** Both ends of a resumable stream of a verb. */
async function openVerbStream({
  server,
  client,
}: CutPair): Promise<{ sink: Sink<[Uint8Array]>; source: Source<[Uint8Array]> }> {
  const sources: Source<[Uint8Array]>[] = [];
  server.handle(TAKE, (_context, source) => void sources.push(source));
  const sink = await client.makeStreamSink({ serializer: packed(bytes), resumable: RESUMABLE });
  await client.call(TAKE, sink);
  return { sink, source: sources[0]! };
}

async function sendAll(sink: Sink<[Uint8Array]>): Promise<void> {
  for await (const chunk of chunks()) await sink.send(chunk);
  await sink.closeAndConfirm();
}

describe('borrowed reading of a resumable stream', () => {
  it('B1-borrowed gives every message of a verb’s stream whole, on all of its connections', async () => {
    await withCuts(OPTIONS, async (pair) => {
      const { sink, source } = await openVerbStream(pair);
      const [memories] = await Promise.all([expectWhole(source.borrowed(), pair), sendAll(sink)]);
      expect(memories.size).to.be.below(COUNT / 2);
      expect(sink.resentMessages).to.be.above(0);
    });
  });

  for (const from of SIDES) {
    it(`B1-borrowed gives every item of a stream in a value whole, on all of its lanes: the ${from}’s`, async () => {
      await withCuts(OPTIONS, async (pair) => {
        const local = stream(chunks(), { resumable: RESUMABLE });
        const remote = await pair.passing.stream<Uint8Array>(from, local);
        const memories = await expectWhole(remote.borrowed(), pair);
        expect(memories.size).to.be.below(COUNT / 2);
        await local.whenSent;
        expect(local.acknowledgedItems).to.equal(COUNT);
      });
    });
  }

  it('B1-borrowed acknowledges a message of a verb’s stream when it is given back', async () => {
    await withCuts(OPTIONS, async (pair) => {
      const { sink, source } = await openVerbStream(pair);
      const sent = sendAll(sink);
      const borrowed = source.borrowed();
      await borrowed.next();
      expect([source.receivedMessages, source.acknowledgedMessages]).to.deep.equal([1, 0]);
      await borrowed.next();
      expect([source.receivedMessages, source.acknowledgedMessages]).to.deep.equal([2, 1]);
      await until(() => sink.acknowledgedMessages === 1);
      // The second one was given back, and the reader has never been done with it.
      await borrowed.return?.();
      expect(source.acknowledgedMessages).to.equal(1);
      await sent.catch(() => {});
    });
  });

  it('B1-borrowed acknowledges an item of a stream in a value when it is given back', async () => {
    await withCuts(OPTIONS, async ({ passing }) => {
      const local = stream(chunks(), { resumable: RESUMABLE });
      const remote = await passing.stream<Uint8Array>('server', local);
      const borrowed = remote.borrowed();
      const late: Uint8Array[] = [];
      for (let given = 1; given < 3; given++) {
        late.push((await borrowed.next()).value as Uint8Array);
        expect([remote.receivedItems, remote.acknowledgedItems]).to.deep.equal([given, given - 1]);
      }
      expect([late[0]![0], late[1]![0]]).to.deep.equal([POISON, 1]);
      await borrowed.return?.();
      expect([late[1]![0], remote.acknowledgedItems]).to.deep.equal([POISON, 1]);
      await local.whenSent.catch(() => {});
    });
  });

  it('B1-read-into goes on in the memory of the reader, and keeps a message that does not fit', async () => {
    await withCuts(OPTIONS, async (pair) => {
      const { sink, source } = await openVerbStream(pair);
      const readVerb = expectRead(pair, source, () => source.acknowledgedMessages);
      await Promise.all([readVerb, sendAll(sink)]);
      const local = stream(chunks(), { resumable: RESUMABLE });
      const remote = await pair.passing.stream<Uint8Array>('client', local);
      await expectRead(pair, remote, () => remote.acknowledgedItems);
      await local.whenSent;
    });
  });
});

/** Reads to the end into one buffer. Each chunk is kept once, while its connection is cut now and then. */
async function expectRead(
  { proxy }: CutPair,
  source: Source<[Uint8Array]> | RemoteStream<Uint8Array>,
  acknowledged: () => number,
): Promise<void> {
  const buffer = Buffer.alloc(BYTES);
  for (let index = 0; index < COUNT; index++) {
    const small = Buffer.alloc(BYTES - 1);
    const refused = await source.readInto(small).catch((error: unknown) => (error as Error).name);
    expect(refused).to.equal('MessageTooLargeError');
    if (index % 9 === 3) proxy.connections.at(-1)!.reset();
    expect(acknowledged()).to.equal(index);
    expect(await source.readInto(buffer)).to.equal(BYTES);
    expect(isWhole(buffer, index), `chunk ${index}`).to.equal(true);
    expect(acknowledged()).to.equal(index);
  }
  expect(await source.readInto(buffer)).to.equal(undefined);
}
