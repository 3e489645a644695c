import { expect } from 'chai';

import {
  type Client,
  retryAfterMs,
  type RemoteStream,
  type ServerOptions,
  StatusError,
  stream,
} from '../../lib/index.ts';
import { ManualClock } from '../../lib/testing.ts';
import { Numbers } from '../support/numbers.ts';
import { SIDES, withPassing, withProxied } from '../support/passing.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';
import { withServer } from '../support/with-server.ts';

/** Turns in which everything happens that needs no time. */
const SETTLED = 60;

describe('B1-demand a reader asks for items by count', () => {
  for (const from of SIDES) {
    it(`B1-demand each batch that is done with lets as many items be made as it had: the ${from}’s`, async () => {
      await withPassing(async ({ passing }) => {
        const numbers = new Numbers();
        const resumable = { windowItems: 8, ackPeriod: 1 };
        const remote = await passing.stream(from, stream(numbers.upTo(Infinity), { resumable }));
        remote.ack = 'manual';
        expect(numbers.made, 'before the first read').to.equal(0);
        let read = 0;
        for (const max of [3, 1, 4, 2, 8]) {
          const batch: number[] = [];
          while (batch.length < max) {
            batch.push(...(await remote.readBatch({ max: max - batch.length }))!);
          }
          expect(batch).to.deep.equal(Array.from({ length: max }, (_, at) => read + at));
          read += max;
          await until(() => numbers.made === read - max + 8);
          await turns(SETTLED);
          expect(numbers.made).to.equal(read - max + 8);
          remote.acknowledge();
        }
        await until(() => numbers.made === read + 8);
        remote.cancel();
        await until(() => numbers.ended === 1);
      });
    });
  }

  it('B1-demand a batch is never larger than asked for, and misses nothing, to the end', async () => {
    await withPassing(async ({ passing }) => {
      for (const resumable of [false, true]) {
        const items = Array.from({ length: 100 }, (_, at) => at);
        const remote = await passing.stream('server', stream(items, { resumable }));
        const got: number[] = [];
        for (let batch; (batch = await remote.readBatch({ max: 7 })) !== undefined;) {
          expect(batch.length).to.be.within(1, 7);
          got.push(...batch);
        }
        expect(got).to.deep.equal(items);
      }
    });
  });
});

const stock = {
  price: (item: string): number => item.length,
  async *history(): AsyncGenerator<number> {
    for (let price = 1; ; price++) {
      yield price;
      await turns(1);
    }
  },
};

const stockOf = (client: Client) => client.api<typeof stock>('stock');

const PER_CONNECTION = { callsPerSecond: 4 } as const;

/** A server whose clock the test moves. */
function served(
  clock: ManualClock,
  perConnection: NonNullable<ServerOptions['governance']>['perConnection'],
): { readonly server: Partial<ServerOptions> } {
  return { server: { clock, limits: { pingIntervalMs: 0 }, governance: { perConnection } } };
}

/** Spends the whole share of a client that has not called for a second, and is refused then. */
async function spend(client: Client): Promise<void> {
  const { price } = stockOf(client);
  for (let call = 0; call < PER_CONNECTION.callsPerSecond; call++) await price('tea');
  await rejectionOf(price('tea'), StatusError);
}

describe('B1-demand a server grants each client a share of calls', () => {
  it('B1-demand refuses calls beyond it, says when there is some again, and gives it back', async () => {
    const clock = new ManualClock();
    await withServer(served(clock, PER_CONNECTION), async ({ server, client, connect }) => {
      server.expose('stock', stock);
      await spend(client);
      const { price } = stockOf(client);
      const refused = await rejectionOf(price('tea'), StatusError);
      expect(refused).to.include({ status: 'resource-exhausted', retryable: true });
      expect(retryAfterMs(refused)).to.equal(250);
      expect(await stockOf(await connect()).price('tea'), 'another client').to.equal(3);
      clock.advance(249);
      expect(retryAfterMs(await rejectionOf(price('tea'), StatusError))).to.equal(1);
      clock.advance(1);
      expect(await price('tea')).to.equal(3);
      clock.advance(60_000);
      await spend(client);
    });
  });

  it('B1-demand refuses streams beyond it in the same way, before anything of them has begun', async () => {
    const clock = new ManualClock();
    await withServer(served(clock, { maxConcurrentCalls: 2 }), async ({ server, client }) => {
      server.expose('stock', stock);
      const began: number[] = [];
      const open = async (): Promise<RemoteStream<number>> => {
        const prices = await stockOf(client).history();
        began.push((await prices.read()).value!);
        return prices;
      };
      const [first, second] = [await open(), await open()];
      const refused = await rejectionOf(open(), StatusError);
      expect(refused).to.include({ status: 'resource-exhausted', retryable: true });
      expect(refused.message).to.match(/governance\.perConnection\.maxConcurrentCalls/);
      first.cancel();
      let third: RemoteStream<number> | undefined;
      while (third === undefined) third = await open().catch(() => undefined);
      expect(began).to.deep.equal([1, 1, 1]);
      await rejectionOf(open(), StatusError);
      third.cancel();
      second.cancel();
    });
  });

  it('B1-demand gives a client that comes back no more than it had', async () => {
    const clock = new ManualClock();
    const options = {
      ...served(clock, PER_CONNECTION),
      client: { reconnect: { minDelayMs: 1, maxDelayMs: 5 } },
    };
    await withProxied(
      () => undefined,
      async ({ server, client, proxy }) => {
        server.expose('stock', stock);
        await spend(client);
        let isResumed: boolean | undefined;
        client.once('connected', ({ resumed }) => (isResumed = resumed));
        proxy.connections[0]!.reset();
        await until(() => isResumed !== undefined);
        expect(isResumed).to.equal(true);
        const refused = await rejectionOf(stockOf(client).price('tea'), StatusError);
        expect(retryAfterMs(refused)).to.equal(250);
        clock.advance(250);
        expect(await stockOf(client).price('tea')).to.equal(3);
      },
      options,
    );
  });
});
