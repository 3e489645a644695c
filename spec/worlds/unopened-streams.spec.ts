import { expect } from 'chai';

import { stream } from '../../lib/index.ts';
import { simulate } from '../../lib/simulation.ts';

/** Many times the delays of the first few attempts, and less than a main connection may go unnoticed. */
const REFUSED_MS = 20_000;

async function* numbers(): AsyncGenerator<number> {
  for (let number = 0; number < 5; number++) yield number;
}

async function sumOf(items: AsyncIterable<number>): Promise<number> {
  let sum = 0;
  for await (const item of items) sum += item;
  return sum;
}

const service = { numbers: () => stream(numbers(), { resumable: true }), sumOf };

/** Reads a stream while its client can open no connection for a while. Returns the sum, and when it was known. */
async function readWhileRefused(
  side: 'client' | 'server',
  { isLost }: { readonly isLost: boolean },
): Promise<{ sum: number; atMs: number }> {
  let read = { sum: -1, atMs: -1 };
  await simulate(1, async (world) => {
    world.node('server', async (node) => {
      const server = await node.listen({ port: 4000 });
      server.expose('numbers', service);
    });
    const client = world.node('client', async (node) => {
      await using connected = await node.connect({ host: 'server', port: 4000 });
      const api = connected.api<typeof service>('numbers');
      const items = side === 'client' ? await api.numbers() : stream(numbers());
      world.setPath({ refusals: 1 });
      const sum = side === 'client' ? sumOf(items) : api.sumOf(items);
      await world.sleep(REFUSED_MS / 2);
      if (isLost) world.cut('client', 'server');
      await world.sleep(REFUSED_MS / 2);
      world.setPath({ refusals: 0 });
      read = { sum: await sum, atMs: node.surroundings.clock.now() };
    });
    await client.finished;
  });
  return read;
}

describe('a stream in a value whose lane can not be dialed when it is opened', () => {
  for (const side of ['client', 'server'] as const) {
    it(`L10 opens when one can, as long as its session goes on: the ${side} reads`, async () => {
      for (const isLost of [false, true]) {
        const { sum, atMs } = await readWhileRefused(side, { isLost });
        expect(sum).to.equal(10);
        expect(atMs).to.be.within(REFUSED_MS, REFUSED_MS + (isLost ? 12_000 : 1_500));
      }
    });
  }
});
