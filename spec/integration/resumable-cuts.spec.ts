import { expect } from 'chai';

import { lz4 } from '../../lib/compression.ts';
import { callContext, type RemoteStream, type ResumableOptions, stream } from '../../lib/index.ts';
import { collect, type CutPair, type Side, SIDES, withCuts } from '../support/passing.ts';
import { until } from '../support/turns.ts';
import type { PairOptions } from '../support/with-server.ts';

/** Lanes are not kept: each connection through the proxy carries one stream. */
const both: PairOptions['both'] = { limits: { maxParked: 0 } };

/** Items in turns of their own, and whether their `finally` ran. */
function source<T>(items: readonly T[]): { items: () => AsyncGenerator<T>; ended: () => number } {
  let ended = 0;
  return {
    ended: () => ended,
    items: async function* () {
      try {
        for (const item of items) {
          yield item;
          await new Promise((resolve) => void setImmediate(resolve));
        }
      } finally {
        ended++;
      }
    },
  };
}

const ITEMS = ['one', 'two', 'three'];
const WINDOWS: readonly (true | ResumableOptions)[] = [
  true,
  { windowItems: 2, ackPeriod: 1 },
  { windowBytes: 1 },
];

/** What the newest lane has carried from one side, its negotiation included. */
function bytesFrom(side: Side, { proxy }: CutPair): number {
  const lane = proxy.connections.at(-1)!;
  return side === 'server' ? lane.bytesFromServer : lane.bytesFromClient;
}

/** What a lane carries from one side for the items, from its negotiation on. */
async function measure(side: Side, from: Side, pair: CutPair): Promise<number> {
  const local = stream(source(ITEMS).items(), { resumable: true });
  await collect(await pair.passing.stream(from, local));
  await local.whenSent;
  return bytesFrom(side, pair);
}

/**
 * Each stream had a lane that was cut, and at least one more. The last one is cut behind all bytes.
 *
 * @param lanes - their number before the first stream, and behind each.
 */
function expectSecondLanes(lanes: readonly number[]): void {
  const each = lanes.slice(1).map((count, at) => count - lanes[at]!);
  expect(Math.min(...each.slice(0, -1)), each.join(' ')).to.be.at.least(2);
}

describe('a resumable stream in a value whose lane is cut', () => {
  for (const [what, options] of [
    ['plain', { both }],
    ['compressed', { both: { ...both, compression: lz4() } }],
  ] as const satisfies [string, PairOptions][]) {
    for (const from of SIDES) {
      it(`L10 goes on at the exact item, at every byte that its producer sends: ${what}, the ${from}’s`, async () => {
        await withCuts(options, async (cutting) => {
          const total = await measure(from, from, cutting);
          const direction = from === 'server' ? 'toClient' : 'toServer';
          const lanes = [cutting.proxy.connections.length];
          for (let bytes = 0; bytes <= total; bytes++) {
            const by = bytes % 2 === 0 ? 'fin' : 'rst';
            cutting.cutNext({ [direction]: { limitData: { bytes, by } } });
            const { items, ended } = source(ITEMS);
            const local = stream(items(), { resumable: WINDOWS[bytes % WINDOWS.length] });
            const remote = await cutting.passing.stream(from, local);
            expect(await collect(remote), `cut at ${bytes}`).to.deep.equal(ITEMS);
            await local.whenSent;
            expect(ended(), `cut at ${bytes}`).to.equal(1);
            expect(local.acknowledgedItems).to.equal(ITEMS.length);
            lanes.push(cutting.proxy.connections.length);
          }
          expectSecondLanes(lanes);
        });
      });

      it(`L10 goes on at the exact item, at every byte that its reader sends: ${what}, the ${from}’s`, async () => {
        await withCuts(options, async (cutting) => {
          const total = await measure(from === 'server' ? 'client' : 'server', from, cutting);
          const direction = from === 'server' ? 'toServer' : 'toClient';
          const lanes = [cutting.proxy.connections.length];
          for (let bytes = 0; bytes <= total; bytes++) {
            cutting.cutNext({ [direction]: { limitData: { bytes, by: 'rst' } } });
            const local = stream(source(ITEMS).items(), { resumable: true });
            const remote = await cutting.passing.stream(from, local);
            expect(await collect(remote), `cut at ${bytes}`).to.deep.equal(ITEMS);
            await local.whenSent;
            lanes.push(cutting.proxy.connections.length);
          }
          expectSecondLanes(lanes);
        });
      });
    }
  }

  for (const from of SIDES) {
    it(`goes on with payloads that lie where they were, and with copies of them: the ${from}’s`, async () => {
      await withCuts({ both }, async ({ passing, proxy }) => {
        for (const copy of [false, true]) {
          const shared = Buffer.alloc(copy ? 100_000 : 0);
          async function* payloads(): AsyncGenerator<Buffer> {
            for (let index = 0; index < 40; index++) {
              if (copy) yield shared.fill(index);
              else yield Buffer.alloc(100_000, index);
            }
          }
          const local = stream(payloads(), { resumable: { windowBytes: 1_000_000, copy } });
          const remote = await passing.stream<Uint8Array>(from, local);
          let index = 0;
          for await (const payload of remote) {
            expect(payload.length).to.equal(100_000);
            expect([payload[0], payload.at(-1)]).to.deep.equal([index, index]);
            if (index % 7 === 3) proxy.connections.at(-1)!.reset();
            index++;
          }
          expect(index).to.equal(40);
          await local.whenSent;
        }
      });
    });

    it(`F11 the checksum of all items is that of its producer, over several lanes: the ${from}’s`, async () => {
      await withCuts({ both }, async ({ passing, proxy }) => {
        const numbers = Array.from({ length: 500 }, (_, index) => index);
        const options = { resumable: { windowBytes: 2_000 }, checksum: 'crc32' } as const;
        const local = stream(source(numbers).items(), options);
        const got: number[] = [];
        for await (const number of await passing.stream(from, local)) {
          got.push(number);
          if (number % 100 === 50) proxy.connections.at(-1)!.reset();
        }
        expect(got).to.deep.equal(numbers);
        await local.whenSent;
      });
    });

    it(`gives a nested stream of a repeated item once: the ${from}’s`, async () => {
      await withCuts({ both }, async ({ passing, proxy }) => {
        let begun = 0;
        async function* inner(index: number): AsyncGenerator<number> {
          begun++;
          yield index;
          yield index * 10;
        }
        async function* outer(): AsyncGenerator<unknown> {
          for (let index = 0; index < 12; index++) {
            yield { index, inner: stream(inner(index), { resumable: true }) };
          }
        }
        const remote = await passing.stream<{ index: number; inner: RemoteStream<number> }>(
          from,
          stream(outer() as AsyncGenerator<never>, { resumable: true }),
        );
        const got: number[][] = [];
        for await (const item of remote) {
          if (item.index % 3 === 1) proxy.connections.at(-1)!.reset();
          got.push(await collect(item.inner));
        }
        expect(got).to.deep.equal(Array.from({ length: 12 }, (_, index) => [index, index * 10]));
        expect(begun).to.equal(12);
      });
    });

    it(`tells its reader the producer’s error once, behind all items: the ${from}’s`, async () => {
      await withCuts({ both }, async ({ passing, proxy }) => {
        async function* failing(): AsyncGenerator<number> {
          yield* [0, 1, 2, 3];
          throw new Error('the disk is full');
        }
        const local = stream(failing(), { resumable: true });
        const sent = local.whenSent.catch((error: unknown) => error);
        const remote = await passing.stream(from, local);
        await remote.read();
        await until(() => local.sentItems === 4);
        proxy.connections.at(-1)!.reset();
        for (const item of [1, 2, 3]) expect((await remote.read()).value).to.equal(item);
        const error = await remote.read().catch((thrown: unknown) => thrown);
        expect(error).to.include({ message: 'the disk is full' });
        expect(await sent).to.include({ message: 'the disk is full' });
        expect(await remote.read().catch((thrown: unknown) => thrown)).to.equal(error);
      });
    });

    it(`tells its producer of a cancel while it has no lane, with the reason: the ${from}’s`, async () => {
      await withCuts({ both }, async ({ passing, proxy, cutNext }) => {
        let ended = 0;
        async function* endless(): AsyncGenerator<number> {
          try {
            for (let index = 0; ; index++) yield index;
          } finally {
            ended++;
          }
        }
        const local = stream(endless(), { resumable: { windowItems: 5 } });
        const sent = local.whenSent.catch((error: unknown) => error);
        const remote = await passing.stream(from, local);
        await remote.read();
        cutNext({ down: true });
        const lane = proxy.connections.at(-1)!;
        lane.reset();
        await lane.closed;
        remote.cancel(new Error('enough'));
        const error = (await sent) as Error;
        expect(error).to.include({ code: 'ERR_CANCELED' });
        expect((error.cause as Error).message).to.equal('enough');
        await until(() => ended === 1);
      });
    });
  }
});

describe('the headers and trailers of a resumable stream whose lane is cut', () => {
  it('arrive once, with all items, wherever the cut is', async () => {
    await withCuts({ both }, async (pair) => {
      const { server, client, cutNext } = pair;
      const lines = {
        give() {
          const context = callContext();
          context.setHeader('columns', 'name, sum');
          context.setTrailer('rows', '3');
          return stream(source(ITEMS).items(), { resumable: true });
        },
      };
      server.expose('lines', lines);
      const api = client.api<typeof lines>('lines');
      await collect(await api.give());
      const total = bytesFrom('server', pair);
      const lanes = [pair.proxy.connections.length];
      for (let bytes = 0; bytes <= total; bytes++) {
        cutNext({ toClient: { limitData: { bytes, by: 'rst' } } });
        const remote = await api.give();
        expect(await collect(remote), `cut at ${bytes}`).to.deep.equal(ITEMS);
        expect(await remote.headers).to.deep.include({ columns: 'name, sum' });
        expect(await remote.trailers).to.deep.include({ rows: '3' });
        lanes.push(pair.proxy.connections.length);
      }
      expectSecondLanes(lanes);
    });
  });
});
