import { expect } from 'chai';

import { type RemoteStream, stream } from '../../lib/index.ts';
import { type NodeProcess, simulate, type World } from '../../lib/simulation.ts';
import { SIDES, type Side } from '../support/passing.ts';

const ITEMS = 400;
const SEEDS = 8;

interface Streams {
  down(): AsyncIterable<number>;
  up(items: AsyncIterable<number>): Promise<void>;
}

/** What a reader got, and what it was told. */
interface Reading {
  readonly read: number[];
  skipped: number;
}

/** A stream of numbers whose connections are cut again and again; its reader is slow at times. */
class CutStream {
  readonly reading: Reading = { read: [], skipped: 0 };
  /** How often the source was released, and how often a connection was cut. */
  released = 0;
  cuts = 0;
  readonly #world: World;
  readonly #from: Side;
  readonly #keyEvery: number;
  #isOver = false;

  constructor(world: World, from: Side, keyEvery: number) {
    this.#world = world;
    this.#from = from;
    this.#keyEvery = keyEvery;
  }

  async run(): Promise<void> {
    const world = this.#world;
    world.node('server', async (node) => {
      const server = await node.listen({ port: 4_000 });
      const down = (): AsyncIterable<number> => this.#offer(node);
      server.expose('streams', {
        down,
        up: (items: RemoteStream<number>) => this.#read(node, items),
      });
    });
    const client = world.node('client', (node) => this.#call(node));
    void client.finished.catch(() => {}).then(() => (this.#isOver = true));
    await world.sleep(20);
    while (!this.#isOver) {
      await world.sleep(world.dice.between(5, 40));
      if (!this.#isOver) this.cuts += world.cut('client', 'server');
    }
    await client.finished;
  }

  async #call(node: NodeProcess): Promise<void> {
    const reconnect = { minDelayMs: 1, maxDelayMs: 50 };
    const client = await node.connect({ host: 'server', port: 4_000, reconnect });
    const api = client.api<Streams>('streams');
    if (this.#from === 'server') {
      await this.#read(node, await api.down());
    } else await api.up(this.#offer(node));
    await client.close({ graceMs: 100 });
  }

  #offer(node: NodeProcess): AsyncIterable<number> {
    const canSkipTo = (item: number): boolean => item % this.#keyEvery === 0;
    return stream(this.#items(node), { realTime: true, resumable: true, canSkipTo });
  }

  async *#items(node: NodeProcess): AsyncGenerator<number> {
    try {
      for (let item = 0; item < ITEMS; item++) {
        if (item % 3 === 0) await node.sleep(1);
        yield item;
      }
    } finally {
      this.released++;
    }
  }

  async #read(node: NodeProcess, items: RemoteStream<number>): Promise<void> {
    for await (const item of items) {
      this.reading.read.push(item);
      if (this.#world.dice.chance(0.3)) await node.sleep(5);
    }
    this.reading.skipped = items.skipCount;
    // A cut from now on could lose the reply of the call.
    this.#isOver = true;
  }
}

describe('a real-time stream that is resumable', () => {
  for (const from of SIDES) {
    for (const keyEvery of [1, 5, 50]) {
      it(`L11, L10 goes on at a key item, of which each ${keyEvery}. is one, from the ${from}: in order, none twice, each other one counted`, async () => {
        let cuts = 0;
        let gaps = 0;
        for (let seed = 0; seed < SEEDS; seed++) {
          let cut: CutStream | undefined;
          await simulate(seed, async (world) => {
            cut = new CutStream(world, from, keyEvery);
            await cut.run();
          });
          const { reading, released } = cut!;
          const { read, skipped } = reading;
          read.forEach((item, at) => {
            const before = at === 0 ? -1 : read[at - 1]!;
            if (item === before + 1) return;
            gaps++;
            expect(item, `seed ${seed}`).to.be.above(before);
            expect(item % keyEvery, `seed ${seed}: ${item} after ${before}`).to.equal(0);
          });
          expect(read.length + skipped, `seed ${seed}`).to.equal(ITEMS);
          expect(released, `seed ${seed}`).to.equal(1);
          cuts += cut!.cuts;
        }
        expect(cuts).to.be.above(SEEDS);
        expect(gaps).to.be.above(SEEDS);
      });
    }
  }
});
