import { expect } from 'chai';

import { type RemoteStream, stream } from '../../lib/index.ts';
import { inMemory, type PassingPair, type Side, SIDES, withPassing } from '../support/passing.ts';
import { turns } from '../support/turns.ts';

/** Turns in which everything happens that needs no time. */
const SETTLED = 60;

const STREAMS = 5;
/** More than a quarter of the window: each item leaves by itself. */
const ITEM_BYTES = 12_000;
const WINDOW_BYTES = 40_000;
/** An item and what is around it on the wire. */
const MOST_ITEM_BYTES = ITEM_BYTES + 100;

/** A resumable stream of large items, and how many of them were asked for. */
class Large {
  made = 0;
  #remote: RemoteStream<Uint8Array> | undefined;

  static async pass({ passing }: PassingPair, from: Side): Promise<Large> {
    const large = new Large();
    const local = stream(large.#items(), { resumable: { windowBytes: WINDOW_BYTES } });
    large.#remote = await passing.stream<Uint8Array>(from, local);
    return large;
  }

  async read(): Promise<number | undefined> {
    const item = await this.#remote?.read();
    return item?.value?.[0];
  }

  cancel(): void {
    this.#remote?.cancel();
  }

  async *#items(): AsyncGenerator<Uint8Array> {
    for (;;) yield new Uint8Array(ITEM_BYTES).fill(this.made++);
  }
}

async function passAll(pair: PassingPair, from: Side): Promise<Large[]> {
  const streams: Large[] = [];
  while (streams.length < STREAMS) streams.push(await Large.pass(pair, from));
  return streams;
}

/** A pair in memory whose sessions keep so much of all streams. */
async function withBudget(
  sessionRetainBytes: number,
  run: (pair: PassingPair, passTime: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const memory = inMemory({ both: { limits: { sessionRetainBytes } } });
  await withPassing(memory, async (pair) => {
    await run(pair, async () => {
      memory.clock.advance(50);
      await turns(SETTLED);
    });
  });
}

/** Bytes that the producers keep. */
function keptBytes({ client, server }: PassingPair, from: Side): number {
  return (from === 'client' ? client : server)
    .snapshot()
    .connections.flatMap(({ streams }) => streams)
    .filter(({ side }) => side === 'producer')
    .reduce((sum, { bufferedBytes }) => sum + bufferedBytes, 0);
}

for (const from of SIDES) {
  describe(`the memory of all resumable streams of a session, the ${from}’s`, () => {
    it('L6 is bounded by sessionRetainBytes, and one item for each stream', async () => {
      const budget = 2 * WINDOW_BYTES;
      await withBudget(budget, async (pair, passTime) => {
        const streams = await passAll(pair, from);
        for (const one of streams) await one.read();
        await turns(SETTLED);
        expect(keptBytes(pair, from)).to.be.within(budget, budget + STREAMS * MOST_ITEM_BYTES);
        for (let item = 1; item < 20; item++) {
          for (const one of streams) expect(await one.read()).to.equal(item);
          await passTime();
          expect(keptBytes(pair, from)).to.be.at.most(budget + STREAMS * MOST_ITEM_BYTES);
        }
        for (const one of streams) one.cancel();
      });
    });

    it('L6 lets each stream send an item of which none is kept', async () => {
      await withBudget(0, async (pair, passTime) => {
        const streams = await passAll(pair, from);
        for (let item = 0; item < 3; item++) {
          for (const one of streams) {
            const reading = one.read();
            await passTime();
            expect(await reading).to.equal(item);
          }
        }
        await passTime();
        for (const one of streams) {
          expect(one.made).to.be.within(3, 4);
          one.cancel();
        }
      });
    });

    it('L6 is for the others when a stream ends', async () => {
      await withBudget(WINDOW_BYTES, async (pair) => {
        const stalled = await Large.pass(pair, from);
        const other = await Large.pass(pair, from);
        await stalled.read();
        await turns(SETTLED);
        await other.read();
        await turns(SETTLED);
        const before = other.made;
        expect(before).to.equal(1);
        stalled.cancel();
        await turns(SETTLED);
        expect(other.made).to.equal(stalled.made);
        other.cancel();
      });
    });
  });
}
