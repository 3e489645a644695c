import { expect } from 'chai';

import { listen, type RemoteStream, stream, type StreamOptions } from '../../lib/index.ts';
import { withAway } from '../support/away.ts';
import { Numbers } from '../support/numbers.ts';
import { collectToError, type Passing, type Side, SIDES, withPassing } from '../support/passing.ts';
import { turns, until } from '../support/turns.ts';

const ITEMS = 20_000;
const KEY_EVERY = 10;

const isKey = (item: number): boolean => item % KEY_EVERY === 0;

/** How much of a stream is made while its reader has read one item, and what it reads then. */
async function readLate(
  passing: Passing,
  side: Side,
  options: StreamOptions<number>,
): Promise<{ readonly madeMeanwhile: number; readonly items: number[]; readonly skipped: number }> {
  const numbers = new Numbers();
  const local = stream(numbers.upTo(ITEMS), options);
  const remote = await passing.stream(side, local);
  const items = [(await remote.read()).value!];
  for (let before = -1; before !== numbers.made; await turns(200)) before = numbers.made;
  const madeMeanwhile = numbers.made;
  for (let step; (step = await remote.read()).done !== true;) items.push(step.value);
  await local.whenSent;
  expect(remote.skipCount, 'the same at both ends').to.equal(local.skipCount);
  return { madeMeanwhile, items, skipped: local.skipCount };
}

/** The items rise, and behind a gap comes one to skip to. */
function expectLandings(items: readonly number[]): void {
  for (const [at, item] of items.slice(1).entries()) {
    const before = items[at]!;
    if (item !== before + 1 && (item <= before || !isKey(item))) {
      throw new Error(`${item} came after ${before}`);
    }
  }
}

for (const side of SIDES) {
  describe(`a slow reader of the ${side}’s streams`, () => {
    it('Slow reader: as its policy: plain and resumable streams wait, a real-time one leaves items out', async () => {
      await withPassing(async ({ passing }) => {
        for (const resumable of [false, { windowItems: 50 }]) {
          const { madeMeanwhile, items, skipped } = await readLate(passing, side, { resumable });
          if (resumable !== false) expect(madeMeanwhile).to.equal(50);
          expect(items).to.deep.equal(Array.from({ length: ITEMS }, (_, item) => item));
          expect(skipped).to.equal(0);
        }
        const real = await readLate(passing, side, { realTime: true, canSkipTo: isKey });
        expect(real.madeMeanwhile, 'in flight, and beyond').to.be.at.most(61 + 1_024);
        expect(real.skipped).to.be.above(0);
        expect(real.items.length + real.skipped).to.equal(ITEMS);
        expectLandings(real.items);
      });
    });

    it('Lag: told, counted, not an end', async () => {
      await withPassing(async ({ passing }) => {
        const local = stream(new Numbers().upTo(ITEMS), { realTime: true, canSkipTo: isKey });
        const remote = await passing.stream(side, local);
        const told: number[] = [];
        let [last, read] = [-1, 0];
        for await (const item of remote) {
          read++;
          const { skipCount } = remote;
          // All that is missing before an item is told by the time that it is read.
          expect(skipCount, `at item ${item}`).to.equal(item + 1 - read);
          if (skipCount !== told.at(-1)) told.push(skipCount);
          last = item;
          await turns(1);
        }
        expect(last).to.equal(ITEMS - 1);
        expect(told.length).to.be.above(2);
        await local.whenSent;
        expect(told.at(-1)).to.equal(local.skipCount);
      });
    });

    it('Real-time resumed: at a key item', async () => {
      await withAway(async ({ passing, leave, comeBack }) => {
        const numbers = new Numbers();
        const options = { realTime: true, resumable: true, canSkipTo: isKey } as const;
        const local = stream(numbers.upTo(ITEMS), options);
        const remote: RemoteStream<number> = await passing.stream(side, local);
        const items: number[] = [];
        for (let round = 0; round < 4; round++) {
          while (items.length < 45 * (round + 1)) items.push((await remote.read()).value!);
          await until(() => local.sentItems > items.length);
          await leave();
          expect(await comeBack()).to.equal(true);
        }
        for (let step; (step = await remote.read()).done !== true;) items.push(step.value);
        await local.whenSent;
        expectLandings(items);
        const gaps = items.filter((item, at) => at > 0 && item !== items[at - 1]! + 1);
        expect(gaps.length, 'items lost with a connection are left out').to.be.at.least(4);
        expect(items.length + remote.skipCount).to.equal(ITEMS);
        expect(numbers.ended).to.equal(1);
      });
    });
  });
}

describe('a real-time stream that is resumable', () => {
  it('ends with what is certain when the session is lost: items in order, none twice', async () => {
    await withAway(async ({ passing, server }) => {
      const options = { realTime: true, resumable: true, canSkipTo: isKey } as const;
      const local = stream(new Numbers().upTo(ITEMS), options);
      local.whenSent.catch(() => {});
      const remote: RemoteStream<number> = await passing.stream('server', local);
      const items: number[] = [];
      while (items.length < 45) items.push((await remote.read()).value!);
      const { port } = server.address;
      await server.abort();
      await using _again = await listen({ host: '127.0.0.1', port });
      const { items: last, error } = await collectToError(restOf(remote));
      items.push(...last);
      expectLandings(items);
      expect(error).to.include({ code: 'ERR_STREAM_NOT_FOUND' });
      expect(error.message).to.contain(`; ${items.length} items were read, `);
    });
  });
});

async function* restOf(remote: RemoteStream<number>): AsyncGenerator<number> {
  for (let step; (step = await remote.read()).done !== true;) yield step.value;
}
