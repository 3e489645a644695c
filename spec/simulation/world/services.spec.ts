import { expect } from 'chai';

import { stream, type RemoteStream } from '../../../lib/index.ts';
import { type NodeProcess, simulate, type World } from '../../../lib/simulation.ts';

/** A service with streams in both directions. */
function makeService() {
  const produced = { begun: 0, left: 0 };
  const count = async function* (limit: number): AsyncGenerator<number> {
    produced.begun++;
    try {
      for (let i = 0; i < limit; i++) yield i;
    } finally {
      produced.left++;
    }
  };
  return {
    produced,
    service: {
      add: (a: number, b: number): number => a + b,
      list: (limit: number) => stream(count(limit)),
      sum: async (items: AsyncIterable<number>): Promise<number> => {
        let sum = 0;
        for await (const item of items) sum += item;
        return sum;
      },
      double: async (items: AsyncIterable<number>) =>
        stream(
          (async function* () {
            for await (const item of items) yield item * 2;
          })(),
        ),
    },
  };
}

type Service = ReturnType<typeof makeService>['service'];

describe('services in a world', () => {
  for (let seed = 0; seed < 5; seed++) {
    it(`carry calls and streams over a slow network in small pieces, seed ${seed}`, async () => {
      await withClient(seed, async (world, running) => {
        world.setPath({ latencyMs: 20, jitterMs: 50, bytesPerMs: 20, pieceBytes: 7 });
        const client = await running.connect({ host: 'server', port: 1 });
        const api = client.api<Service>('service');
        expect(await api.add(1, 2)).to.equal(3);
        expect(await all(await api.list(50))).to.deep.equal(upTo(50));
        expect(await api.sum(stream(upTo(20)))).to.equal(190);
        expect(await all(await api.double(stream(upTo(5))))).to.deep.equal([0, 2, 4, 6, 8]);
        await client.close();
      });
    });
  }

  it('go on for others where a node sends bytes that no client would send', async () => {
    for (let seed = 0; seed < 20; seed++) {
      await withClient(seed, async (world, running) => {
        const socket = await running.dial('server', 1);
        const closed = new Promise<void>((resolve) => {
          socket.attach({
            onData: () => {},
            onEnd: () => socket.destroy(),
            onDrain: () => {},
            onProgress: () => {},
            onClose: () => resolve(),
          });
        });
        socket.write([running.dice.bytes(running.dice.between(16, 5_000))]);
        const client = await running.connect({ host: 'server', port: 1 });
        expect(await client.api<Service>('service').add(1, 2)).to.equal(3);
        await closed;
        await client.close();
        await world.sleep(1_000);
        expect(world.connections).to.equal(0);
      });
    }
  });

  it('end a stream that is cut in the middle with an error, and its producer at the server', async () => {
    for (let seed = 0; seed < 20; seed++) {
      await withClient(seed, async (world, running, produced) => {
        const client = await running.connect({ host: 'server', port: 1 });
        const items = await client.api<Service>('service').list(1_000_000);
        const got: number[] = [];
        const reading = (async () => {
          for await (const item of items) {
            got.push(item);
            await running.sleep(1);
          }
        })();
        const outcome = reading.then(
          () => 'a clean end',
          (error: Error) => error.name,
        );
        await world.sleep(world.dice.between(5, 50));
        world.cut('client', 'server');
        expect(await outcome).to.equal('StreamClosedError');
        expect(got).to.deep.equal(upTo(got.length));
        await world.sleep(1_000);
        expect(produced).to.deep.equal({ begun: 1, left: 1 });
        await client.abort();
      });
    }
  });
});

async function withClient(
  seed: number,
  run: (
    world: World,
    running: NodeProcess,
    produced: { begun: number; left: number },
  ) => Promise<void>,
): Promise<void> {
  await simulate(seed, async (world) => {
    const { produced, service } = makeService();
    world.node('server', async (running) => {
      const server = await running.listen({ port: 1 });
      server.expose('service', service);
    });
    await world.sleep(0);
    await world.node('client', (running) => run(world, running, produced)).finished;
  });
}

async function all(items: RemoteStream<number>): Promise<number[]> {
  const got: number[] = [];
  for await (const item of items) got.push(item);
  return got;
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
