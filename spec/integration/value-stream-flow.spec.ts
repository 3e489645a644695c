import { expect } from 'chai';

import { raw } from '../../lib/layout.ts';
import { type RemoteStream, stream, type Verb, verb } from '../../lib/index.ts';
import { heldBytes } from '../support/held-bytes.ts';
import { collect, Counter, SIDES, withPassing } from '../support/passing.ts';
import { follow } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';
import { withServer } from '../support/with-server.ts';

const EXCHANGE: Verb<(input: unknown) => unknown> = verb(1);

const ITEM_BYTES = 65_536;
const MIB = 1_048_576;

/** Endless items of 64 KiB, each in memory of its own, which is counted. */
class Bulk {
  pulled = 0;
  released = 0;

  async *items(end = Infinity): AsyncGenerator<Uint8Array> {
    try {
      while (this.pulled < end) yield Buffer.alloc(ITEM_BYTES, this.pulled++);
    } finally {
      this.released++;
    }
  }

  /** Resolves when it has not got on for many turns. */
  async stuck(): Promise<void> {
    for (let before = -1; before !== this.pulled;) {
      before = this.pulled;
      await turns(300);
    }
  }
}

describe('the flow of a stream in a value', () => {
  for (const from of SIDES) {
    it(`K7, B2-1 bounds memory when its reader does not read, at the ${from}’s`, async () => {
      await withPassing(async ({ passing, networks }) => {
        const before = await heldBytes();
        const { maxRSS } = process.resourceUsage();
        const bulk = new Bulk();
        const remote = await passing.stream<Uint8Array>(
          from,
          stream(bulk.items(), { serializer: raw }),
        );
        await remote.read();
        await bulk.stuck();
        const [client, server] = networks;
        const [near, far] = from === 'client' ? [client, server] : [server, client];
        const underWay = near.sockets[1]!.writtenBytes - far.sockets[1]!.readBytes;
        // What the kernel holds is its own; the rest are both budgets, and an item beyond each.
        const beyondKernel = bulk.pulled * ITEM_BYTES - Math.max(0, underWay);
        expect(beyondKernel).to.be.below(2 * 262_144 + 4 * ITEM_BYTES);
        expect((await heldBytes()) - before).to.be.below(8 * MIB);
        const held = bulk.pulled;
        for (let read = 0; read < 100; read++) await remote.read();
        await bulk.stuck();
        expect(bulk.pulled - held).to.be.below(200);
        remote.cancel();
        await until(() => bulk.released === 1);
        expect(process.resourceUsage().maxRSS - maxRSS).to.be.below(64 * 1_024);
      });
    });

    it(`B2-12 loses nothing and repeats nothing under pressure, of the ${from}’s`, async () => {
      const limits = { sinkBudgetBytes: 500, sourceBudgetBytes: 500 };
      await withPassing({ both: { limits } }, async ({ passing }) => {
        const count = 20_000;
        const remote = await passing.stream(from, new Counter(count).items());
        let expected = 0;
        for await (const item of remote) {
          if (item !== expected++) throw new Error(`${item} in place of ${expected - 1}`);
          if (item % 500 === 0) await turns(2);
        }
        expect(expected).to.equal(count);
      });
    });

    it(`B2-12 loses nothing in batches, of the ${from}’s`, async () => {
      await withPassing(async ({ passing }) => {
        const count = 50_000;
        const remote = await passing.stream(
          from,
          stream(Array.from({ length: count }, (_, n) => n)),
        );
        let expected = 0;
        for (let batch; (batch = await remote.readBatch()) !== undefined;) {
          for (const item of batch)
            if (item !== expected++) throw new Error(`${item} is out of order`);
        }
        expect(expected).to.equal(count);
      });
    });
  }

  it('L12 items that are ready together come together, and one before a wait at once', async () => {
    await withPassing(async ({ passing, networks }) => {
      const go: (() => void)[] = [];
      const remote = await passing.stream(
        'server',
        (async function* () {
          for (const batch of [
            [1, 2, 3],
            [4, 5],
          ]) {
            yield* batch;
            await new Promise<void>((resolve) => void go.push(resolve));
          }
        })(),
      );
      expect(await remote.readBatch()).to.deep.equal([1, 2, 3]);
      const lane = networks[1].sockets[1]!;
      const before = lane.writeCount;
      go.shift()?.();
      expect(await remote.readBatch()).to.deep.equal([4, 5]);
      expect(lane.writeCount).to.equal(before + 1);
      await until(() => go.length > 0);
      go.shift()?.();
      expect(await remote.readBatch()).to.equal(undefined);
    });
  });

  describe('when both sides are full and neither reads', () => {
    interface Full {
      readonly up: Bulk;
      readonly down: Bulk;
      /** What the client sends, at the server, and the other way round. */
      readonly upward: RemoteStream<Uint8Array>;
      readonly downward: RemoteStream<Uint8Array>;
      readonly call: () => Promise<unknown>;
    }

    async function withFull(run: (full: Full) => Promise<void>): Promise<void> {
      await withServer(async ({ server, client }) => {
        const up = new Bulk();
        const down = new Bulk();
        let upward: RemoteStream<Uint8Array> | undefined;
        server.handle(EXCHANGE, (_context, input) => {
          if (input === 'alive') return input;
          upward = input as RemoteStream<Uint8Array>;
          return down.items();
        });
        const downward = (await client.call(EXCHANGE, up.items())) as RemoteStream<Uint8Array>;
        await Promise.all([upward?.read(), downward.read()]);
        await Promise.all([up.stuck(), down.stuck()]);
        const call = (): Promise<unknown> => client.call(EXCHANGE, 'alive');
        await run({ up, down, upward: upward!, downward, call });
      });
    }

    it('B2-26 calls go on beside it, and both go on when they are read', async () => {
      await withFull(async ({ up, down, upward, downward, call }) => {
        expect(await call()).to.equal('alive');
        const before = [up.pulled, down.pulled];
        for (let read = 0; read < 200; read++) await Promise.all([upward.read(), downward.read()]);
        await Promise.all([up.stuck(), down.stuck()]);
        expect(up.pulled).to.be.above(before[0]!);
        expect(down.pulled).to.be.above(before[1]!);
      });
    });

    it('B2-26 a cancel gets through, either way', async () => {
      await withFull(async ({ up, down, upward, downward }) => {
        upward.cancel();
        await until(() => up.released === 1);
        downward.cancel();
        await until(() => down.released === 1);
      });
    });

    it('B2-26 one end comes to its reader while the other is still full', async () => {
      await withServer(async ({ server, client }) => {
        const down = new Bulk();
        let upward: RemoteStream<Uint8Array> | undefined;
        server.handle(EXCHANGE, (_context, input) => {
          upward = input as RemoteStream<Uint8Array>;
          return down.items();
        });
        const up = new Bulk();
        const downward = (await client.call(EXCHANGE, up.items(100))) as RemoteStream<Uint8Array>;
        await downward.read();
        await down.stuck();
        const collecting = follow(collect(upward!));
        await until(() => collecting.outcome !== undefined);
        expect(collecting.outcome).to.have.property('value').with.length(100);
        downward.cancel();
      });
    });
  });
});
