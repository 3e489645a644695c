import { expect } from 'chai';

import { type Client, type Server, stream, verb } from '../../lib/index.ts';
import { packed, sourceOf, u32 } from '../../lib/layout.ts';
import { ManualClock } from '../../lib/testing.ts';
import { withServer } from '../support/with-server.ts';

/** The clock of both ends. Each item takes a millisecond of it, and nothing else does. */
const ITEM_MS = 1;
/** Until it is known how long an item takes. */
const MAX_AT_FIRST = 72;
/** Some milliseconds, and some items that are let go on together. */
const MAX_ITEMS = 16;

/** Counts the items that each turn of the loop sees. */
class TurnCounter {
  readonly clock: ManualClock = new ManualClock();
  readonly #items: number[] = [0];
  #isOver = false;

  constructor() {
    const turn = (): void => {
      this.#items.push(0);
      if (!this.#isOver) setImmediate(turn);
    };
    setImmediate(turn);
  }

  /** An item is made or read: it takes its time. */
  item(): void {
    this.clock.advance(ITEM_MS);
    const last = this.#items.length - 1;
    this.#items[last] = this.#items[last]! + 1;
  }

  end(): void {
    this.#isOver = true;
  }

  /** Fails unless the loop could turn all the time; streams that begin make one item each in any case. */
  check(items: number, streams: number): void {
    const [first, ...later] = this.#items.filter((count) => count > 0);
    expect(first, 'in the first turn').to.be.at.most(MAX_AT_FIRST);
    expect(Math.max(...later), 'in a later turn').to.be.at.most(MAX_ITEMS + streams);
    expect(this.#items.reduce((sum, count) => sum + count)).to.equal(items);
  }
}

async function counting(
  streams: number,
  run: (counter: TurnCounter, pair: { client: Client; server: Server }) => Promise<number>,
): Promise<void> {
  const counter = new TurnCounter();
  try {
    // Time passes faster here than bytes come.
    const both = { clock: counter.clock, limits: { pingIntervalMs: 0 } };
    await withServer({ both }, async (pair) => counter.check(await run(counter, pair), streams));
  } finally {
    counter.end();
  }
}

describe('fairness', () => {
  it('F22 lets the loop turn every few milliseconds while a producer’s items are always ready', async () => {
    await counting(1, async (counter, { client, server }) => {
      function* numbers(): Generator<number> {
        for (let made = 0; made < 500; made++) {
          counter.item();
          yield made;
        }
      }
      server.expose('service', { numbers: () => stream(numbers()) });
      const api = client.api<{ numbers(): AsyncIterable<number> }>('service');
      let read = 0;
      for await (const _ of api.numbers()) read++;
      return read;
    });
  });

  it('F22 shares that time among all streams, none of which is left behind', async () => {
    await counting(32, async (counter, { client, server }) => {
      const made = Array.from({ length: 32 }, () => 0);
      async function* numbers(stream: number): AsyncGenerator<number> {
        for (let item = 0; item < 50; item++) {
          counter.item();
          made[stream]!++;
          expect(Math.max(...made) - Math.min(...made)).to.be.at.most(MAX_AT_FIRST);
          yield item;
        }
      }
      server.expose('service', { numbers });
      const api = client.api<{ numbers(stream: number): AsyncIterable<number> }>('service');
      const readings = made.map(async (_, stream) => {
        let read = 0;
        for await (const _item of api.numbers(stream)) read++;
        return read;
      });
      return (await Promise.all(readings)).reduce((sum, read) => sum + read);
    });
  });

  for (const how of ['loops', 'reads'] as const) {
    it(`F22 lets the loop turn while ${how} take messages that have all come`, async () => {
      const count = verb(7, { args: packed(sourceOf(u32)), result: packed(u32) });
      await counting(1, async (counter, { client, server }) => {
        server.handle(count, async (_context, numbers) => {
          let read = 0;
          const take = (): void => {
            counter.item();
            read++;
          };
          if (how === 'loops') for await (const _ of numbers) take();
          else while ((await numbers.read()) !== undefined) take();
          return read;
        });
        const sink = await client.makeStreamSink({ serializer: packed(u32) });
        const result = client.call(count, sink);
        for (let number = 0; number < 300; number++) await sink.send(number);
        await sink.close();
        return result;
      });
    });
  }

  it('F22 lets the loop turn between calls that came together', async () => {
    await counting(1, async (counter, { client, server }) => {
      const work = verb<(number: number) => number>(7);
      server.handle(work, (_context, number) => {
        counter.item();
        return number;
      });
      const calls = Array.from({ length: 300 }, (_, number) => client.call(work, number));
      expect(await Promise.all(calls)).to.deep.equal(calls.map((_, number) => number));
      return calls.length;
    });
  });
});
