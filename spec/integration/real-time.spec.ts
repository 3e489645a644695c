import { expect } from 'chai';

import { type RemoteStream, RpcError, stream, type StreamOptions } from '../../lib/index.ts';
import { raw } from '../../lib/layout.ts';
import { REAL_TIME_WINDOW } from '../../lib/stream/resume/in-flight.ts';
import { simulate } from '../../lib/simulation.ts';
import { heldBytes } from '../support/held-bytes.ts';
import { collect, collectToError, Counter, SIDES, withPassing } from '../support/passing.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';

const { windowItems, ackPeriod } = REAL_TIME_WINDOW;
const MIB = 1_048_576;

/** The time at which an item was made, and some weight. */
interface Tick {
  readonly at: number;
  readonly weight: Uint8Array;
}

interface SlowReading {
  /** The age of each item when it was read. */
  readonly ages: readonly number[];
  readonly skipped: number;
  readonly released: number;
}

/** An endless stream with an item each millisecond, and a reader that needs `READ_MS` for one. */
const READ_MS = 5;
const READS = 1_000;

async function readSlowly(options: StreamOptions<Tick>): Promise<SlowReading> {
  const ages: number[] = [];
  let skipped = 0;
  let released = 0;
  await simulate(7, async (world) => {
    const { clock } = world;
    world.node('server', async (node) => {
      const server = await node.listen({ port: 4_000 });
      const ticks = async function* (): AsyncGenerator<Tick> {
        try {
          for (;;) {
            yield { at: clock.now(), weight: Buffer.alloc(1_000) };
            await node.sleep(1);
          }
        } finally {
          released++;
        }
      };
      server.expose('ticks', { all: () => stream(ticks(), options) });
    });
    const client = world.node('client', async (node) => {
      await using connected = await node.connect({ host: 'server', port: 4_000 });
      const api = connected.api<{ all(): AsyncIterable<Tick> }>('ticks');
      const ticks = (await api.all()) as RemoteStream<Tick>;
      for await (const { at } of ticks) {
        ages.push(clock.now() - at);
        if (ages.length === READS) break;
        await node.sleep(READ_MS);
      }
      skipped = ticks.skipCount;
    });
    await client.finished;
  });
  return { ages, skipped, released };
}

describe('a real-time stream', () => {
  it('L11 brings a slow reader items two rounds of acknowledgements old at most, where a plain stream falls behind', async () => {
    const roundMs = ackPeriod * READ_MS;
    const real = await readSlowly({ realTime: true });
    // The item in work, and the way of the item and the acknowledgement.
    const slackMs = READ_MS + 10;
    expect(Math.max(...real.ages)).to.be.at.most(2 * roundMs + slackMs);
    expect(real.skipped).to.be.above(READS);
    expect(real.released).to.equal(1);
    const plain = await readSlowly({});
    expect(Math.max(...plain.ages)).to.be.above(6 * roundMs);
    expect(plain.skipped).to.equal(0);
  });

  for (const from of SIDES) {
    it(`L11, L15 counts what is left out at both ends, in order, of the ${from}’s`, async () => {
      await withPassing(async ({ passing }) => {
        const count = 5_000;
        const local = stream(new Counter(count).items(), {
          realTime: true,
          canSkipTo: (item) => item % 7 === 0,
        });
        const remote = await passing.stream(from, local);
        let last = -1;
        for await (const item of remote) {
          if (item !== last + 1 && (item <= last || item % 7 !== 0)) {
            throw new Error(`${item} after ${last}`);
          }
          last = item;
          await turns(1);
        }
        await local.whenSent;
        expect(last).to.equal(count - 1);
        expect(local.skipCount).to.be.above(0);
        expect(local.sentItems + local.skipCount).to.equal(count);
        expect(remote.receivedItems).to.equal(local.sentItems);
        expect(remote.skipCount).to.equal(local.skipCount);
      });
    });

    it(`L15 shows its progress as a resumable stream does, of the ${from}’s`, async () => {
      await withPassing(async ({ passing }) => {
        const count = 500;
        const acks: number[] = [];
        let buffered = 0;
        const local = stream(new Counter(count).items(), {
          realTime: true,
          resumable: {
            onAckProcessed: (items) => void acks.push(items),
            onBuffered: (items) => void (buffered = items),
          },
        });
        expect(local).to.include({ minRttMs: -1, acknowledgedItems: 0, lastAckIndex: -1 });
        const remote = await passing.stream(from, local);
        for await (const _ of remote) await turns(1);
        await local.whenSent;
        const { sentItems } = local;
        expect(buffered).to.equal(count);
        expect(local).to.include({ acknowledgedItems: sentItems, lastAckIndex: sentItems - 1 });
        expect(remote).to.include({ acknowledgedItems: sentItems, nextIndex: sentItems });
        expect(local.minRttMs).to.be.at.least(0);
        expect(acks.length).to.be.above(2);
        expect(acks).to.deep.equal([...new Set(acks)].sort((a, b) => a - b));
        expect(acks.at(-1)).to.equal(sentItems);
      });
    });

    it(`L11 leaves nothing out for a reader that keeps up, of the ${from}’s`, async () => {
      await withPassing(async ({ passing }) => {
        const source = (async function* () {
          for (let item = 0; item < 5 * windowItems; item++) {
            yield item;
            await until(() => read.length > item);
          }
        })();
        const read: number[] = [];
        const remote = await passing.stream(from, stream(source, { realTime: true }));
        for await (const item of remote) read.push(item);
        expect(read).to.deep.equal(Array.from({ length: 5 * windowItems }, (_, item) => item));
        expect(remote.skipCount).to.equal(0);
      });
    });

    it(`L11, K7 bounds memory when its reader does not read, of the ${from}’s`, async () => {
      await withPassing(async ({ passing }) => {
        const before = await heldBytes();
        const itemBytes = 65_536;
        let pulled = 0;
        let released = 0;
        const source = async function* (): AsyncGenerator<Uint8Array> {
          try {
            for (;;) yield Buffer.alloc(itemBytes, pulled++);
          } finally {
            released++;
          }
        };
        const options = { realTime: true, serializer: raw };
        const remote = await passing.stream(from, stream(source(), options));
        await remote.read();
        for (let last = -1; last !== pulled; await turns(300)) last = pulled;
        // The window, 4 MiB that wait, and one item beyond each.
        expect(pulled * itemBytes).to.be.at.most(4 * MIB + 262_144 + 3 * itemBytes);
        expect((await heldBytes()) - before).to.be.below(8 * MIB);
        remote.cancel();
        await until(() => released === 1);
      });
    });

    it(`L11 runs the producer’s finally once when its reader leaves, of the ${from}’s`, async () => {
      await withPassing(async ({ passing }) => {
        const counter = new Counter();
        const local = stream(counter.items(), { realTime: true });
        const remote = await passing.stream(from, local);
        for await (const item of remote) if (item > 200) break;
        await until(() => counter.released === 1);
        await rejectionOf(local.whenSent, RpcError);
        expect(counter.released).to.equal(1);
      });
    });

    it(`L11 brings the producer’s error behind the items before it, of the ${from}’s`, async () => {
      await withPassing(async ({ passing }) => {
        const source = async function* (): AsyncGenerator<number> {
          yield* [1, 2, 3];
          throw new RangeError('out of numbers');
        };
        const local = stream(source(), { realTime: true });
        const remote = await passing.stream(from, local);
        const { items, error } = await collectToError(remote);
        expect(items).to.deep.equal([1, 2, 3]);
        expect(error.message).to.match(/out of numbers/);
        await rejectionOf(local.whenSent, RangeError);
      });
    });

    it(`L11 fails where canSkipTo throws or answers with a promise, of the ${from}’s`, async () => {
      await withPassing(async ({ passing }) => {
        const answers: (() => boolean)[] = [
          () => {
            throw new RangeError('no answer');
          },
          () => Promise.resolve(true) as unknown as boolean,
        ];
        const texts: string[] = [];
        for (const canSkipTo of answers) {
          const counter = new Counter();
          const remote = await passing.stream(
            from,
            stream(counter.items(), { realTime: true, canSkipTo }),
          );
          texts.push((await collectToError(remote)).error.message);
          await until(() => counter.released === 1);
        }
        expect(texts[0]).to.match(/no answer/);
        expect(texts[1]).to.match(/canSkipTo gave a promise/);
      });
    });

    it(`L11 offers no stream in an item that is left out, and releases it, of the ${from}’s`, async () => {
      await withPassing(async ({ passing }) => {
        const inner: Counter[] = [];
        let released = 0;
        const source = async function* (): AsyncGenerator<AsyncIterable<number>> {
          for (let item = 0; item < 400; item++) {
            inner.push(new Counter(1));
            const factory = async function* (): AsyncGenerator<number> {
              yield item;
            };
            const items = factory();
            const { return: end } = items;
            items.return = (value) => {
              released++;
              return end.call(items, value);
            };
            yield items;
          }
        };
        const local = stream(source(), { realTime: true });
        const remote = await passing.stream<AsyncIterable<number>>(from, local);
        const read: number[] = [];
        for await (const items of remote) read.push(...(await collect(items)));
        await local.whenSent;
        expect(local.skipCount).to.be.above(0);
        expect(read).to.have.length(local.sentItems);
        expect(read.at(-1)).to.equal(399);
        await until(() => released === local.skipCount);
      });
    });
  }

  it('L11 ends with its lane unless it is resumable too', async () => {
    await withPassing(async ({ passing, networks }) => {
      const counter = new Counter();
      const remote = await passing.stream('server', stream(counter.items(), { realTime: true }));
      await remote.read();
      networks[0].sockets[1]!.destroy(new Error('reset'));
      await collectToError(remote);
      await until(() => counter.released === 1);
    });
  });
});
