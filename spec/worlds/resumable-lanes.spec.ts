import { expect } from 'chai';

import { type ResumableOptions, stream } from '../../lib/index.ts';
import { type NodeProcess, simulate, type World } from '../../lib/simulation.ts';

const ITEMS = 120;
const SEEDS = 12;

const OPTIONS: readonly (true | ResumableOptions)[] = [
  true,
  { windowItems: 61, ackPeriod: 30 },
  { windowBytes: 300 },
  { windowItems: 1 },
];

/** A stream whose lanes are cut at random, and what both ends know of it in the end. */
class CutStream {
  readonly got: number[] = [];
  readonly #world: World;
  /** How often the producer's `finally` ran. */
  ended = 0;
  sent: Promise<void> | undefined;
  isOver = false;

  constructor(world: World) {
    this.#world = world;
  }

  produce(node: NodeProcess): AsyncIterable<number> {
    const options = OPTIONS[this.#world.dice.between(0, OPTIONS.length - 1)]!;
    const local = stream(this.#items(node), { resumable: options, checksum: 'crc32' });
    this.sent = local.whenSent;
    this.sent.catch(() => {});
    return local;
  }

  async consume(node: NodeProcess, items: AsyncIterable<number>): Promise<number> {
    for await (const item of items) {
      this.got.push(item);
      if (this.#world.dice.chance(0.05)) await node.sleep(3);
    }
    return this.got.length;
  }

  /** Resets lanes, and never the main connection, until the stream is over. */
  async cutLanes(): Promise<number> {
    const { dice } = this.#world;
    let cuts = 0;
    while (!this.isOver) {
      await this.#world.sleep(dice.between(1, 40));
      const lanes = this.#world.connections - 1;
      if (lanes > 0 && this.#world.cutOne(dice.between(1, lanes))) cuts++;
    }
    return cuts;
  }

  async *#items(node: NodeProcess): AsyncGenerator<number> {
    try {
      for (let item = 0; item < ITEMS; item++) {
        if (item % 10 === 0) await node.sleep(1);
        yield item;
      }
    } finally {
      this.ended++;
    }
  }
}

describe('resumable streams in worlds', () => {
  for (const direction of ['down', 'up'] as const) {
    it(`L10 give each item once, in order, wherever their lanes are cut: ${direction}`, async () => {
      let cuts = 0;
      for (let seed = 0; seed < SEEDS; seed++) {
        await simulate(seed, async (world) => {
          const flow = new CutStream(world);
          world.node('server', async (node) => {
            const server = await node.listen({ port: 4000 });
            server.expose('flow', {
              down: () => flow.produce(node),
              up: (items: AsyncIterable<number>) => flow.consume(node, items),
            });
          });
          const client = world.node('client', async (node) => {
            const caller = await node.connect({ host: 'server', port: 4000 });
            const api = caller.api<{
              down(): Promise<AsyncIterable<number>>;
              up(items: AsyncIterable<number>): Promise<number>;
            }>('flow');
            if (direction === 'down') await flow.consume(node, await api.down());
            else expect(await api.up(flow.produce(node))).to.equal(ITEMS);
            await flow.sent;
            flow.isOver = true;
            const promised = caller.snapshot().sessions.map((one) => one.promisedStreams);
            expect(promised).to.deep.equal([0]);
            await caller.close({ graceMs: 100 });
          });
          cuts += await flow.cutLanes();
          await client.finished;
          expect(flow.got).to.deep.equal(Array.from({ length: ITEMS }, (_, item) => item));
          expect(flow.ended).to.equal(1);
        });
      }
      expect(cuts).to.be.greaterThan(SEEDS);
    });
  }
});
