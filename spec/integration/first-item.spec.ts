import { expect } from 'chai';

import { advance, createTestPair, runUntil, type TestPair } from '../../lib/testing.ts';

const LATENCY_MS = 50;
const ROUND_TRIP_MS = 2 * LATENCY_MS;

/** Streams for ever, and says when its `finally` ran. */
class Ticker {
  /** By the clock of the pair. */
  endedAt: number | undefined;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async *ticks(): AsyncGenerator<number> {
    try {
      for (let tick = 0; ; tick++) yield tick;
    } finally {
      this.endedAt = this.#now();
    }
  }
}

async function withTicker(
  work: (pair: TestPair, ticker: Ticker, now: () => number) => Promise<void>,
): Promise<void> {
  await using pair = await createTestPair({ latencyMs: LATENCY_MS });
  const now = (): number => pair.clock.now();
  const ticker = new Ticker(now);
  pair.server.expose('ticker', ticker);
  await work(pair, ticker, now);
}

/** The times of the first item and of the loop's end. */
async function enter({ client, clock }: TestPair, now: () => number): Promise<[number, number]> {
  const start = now();
  const times = await runUntil(
    clock,
    (async (): Promise<[number, number]> => {
      for await (const tick of client.api<Ticker>('ticker').ticks()) {
        expect(tick).to.equal(0);
        return [now() - start, now()];
      }
      throw new Error('there was no item');
    })(),
  );
  return times;
}

describe('the first item of a stream', () => {
  it('B2-21 is there after one round trip where the method has streamed before, and its finally runs half a round trip after the break', async () => {
    await withTicker(async (pair, ticker, now) => {
      await enter(pair, now);
      // What was under way has come to its end, and the connection is idle.
      await advance(pair.clock, 10 * ROUND_TRIP_MS);
      const [waited, leftAt] = await enter(pair, now);
      expect(waited).to.equal(ROUND_TRIP_MS);
      await advance(pair.clock, ROUND_TRIP_MS);
      expect((ticker.endedAt ?? 0) - leftAt).to.equal(LATENCY_MS);
    });
  });

  it('is there after three round trips where nothing is known of the method: the call while a connection is negotiated, and the demand', async () => {
    await withTicker(async (pair, _ticker, now) => {
      const [waited] = await enter(pair, now);
      expect(waited).to.be.at.most(3 * ROUND_TRIP_MS);
    });
  });
});
