import { expect } from 'chai';

import type { ServiceCall } from '../../../lib/index.ts';
import { withServer } from '../../support/with-server.ts';

/** Counts down, and adds up what it gets. */
const numbers = {
  async *countdown(from: number): AsyncGenerator<number> {
    for (let i = from; i > 0; i--) yield i;
  },
  async sum(items: AsyncIterable<number>): Promise<number> {
    let sum = 0;
    for await (const item of items) sum += item;
    return sum;
  },
};

async function* upTo(last: number): AsyncGenerator<number> {
  for (let i = 1; i <= last; i++) yield i;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const double = (item: unknown): unknown => (item as number) * 2;

describe('service/item-hooks', () => {
  it('X7 onSend and onReceive run per item at either end, and give what goes on', async () => {
    await withServer(async ({ server, client }) => {
      server.expose('down', numbers, { onSend: double });
      server.expose('up', numbers, { onReceive: double });
      server.expose('plain', numbers);
      expect(await all(client.api<typeof numbers>('down').countdown(3))).to.deep.equal([6, 4, 2]);
      expect(await client.api<typeof numbers>('up').sum(upTo(3))).to.equal(12);
      const plain = client.api<typeof numbers>('plain', { onSend: double, onReceive: double });
      expect(await all(plain.countdown(3))).to.deep.equal([6, 4, 2]);
      expect(await plain.sum(upTo(3))).to.equal(12);
    });
  });

  it('X7 a hook shares the context of its call with the interceptors, and may be async', async () => {
    await withServer(async ({ server, client }) => {
      const seen: unknown[] = [];
      server.expose('numbers', numbers, {
        interceptors: [
          (call, next) => {
            call.shared.set('factor', 10);
            return next();
          },
        ],
        onSend: async (item, call: ServiceCall) => {
          seen.push([call.service, call.method]);
          return (item as number) * (call.shared.get('factor') as number);
        },
      });
      expect(await all(client.api<typeof numbers>('numbers').countdown(2))).to.deep.equal([20, 10]);
      expect(seen).to.deep.equal(Array(2).fill(['numbers', 'countdown']));
    });
  });

  it('X7 a hook that throws ends the stream behind the items before it, and runs the finally of the producer', async () => {
    await withServer(async ({ server, client }) => {
      let hasEnded = false;
      const endless = {
        async *ticks(): AsyncGenerator<number> {
          try {
            for (let i = 0; ; i++) yield i;
          } finally {
            hasEnded = true;
          }
        },
      };
      const refuseTwo = (item: unknown): unknown => {
        if (item === 2) throw new RangeError('no twos here');
        return item;
      };
      server.expose('ticks', endless, { onSend: refuseTwo });
      const items: number[] = [];
      let failure: unknown;
      try {
        for await (const item of client.api<typeof endless>('ticks').ticks()) items.push(item);
      } catch (error) {
        failure = error;
      }
      expect(items).to.deep.equal([0, 1]);
      expect(failure).to.be.instanceOf(RangeError).with.property('message', 'no twos here');
      expect(hasEnded).to.equal(true);
    });
  });
});
