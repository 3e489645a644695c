import { expect } from 'chai';

import { lz4 } from '../../lib/compression.ts';
import { callContext, type RemoteStream, type ResumableOptions, stream } from '../../lib/index.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { collect, Passing, type Side, SIDES } from '../support/passing.ts';
import type { ConnectionToxics } from '../support/toxics.ts';
import { until } from '../support/turns.ts';
import { type PairOptions, withListening } from '../support/with-server.ts';

/** Lanes are not kept: each connection through the proxy carries one stream. */
const both: PairOptions['both'] = { limits: { maxParked: 0 } };

interface Cutting {
  readonly passing: Passing;
  readonly proxy: FaultProxy;
  /** What happens to the next connection. */
  cutNext(toxics: ConnectionToxics): void;
}

async function withCuts(
  options: PairOptions,
  run: (cutting: Cutting) => Promise<void>,
): Promise<void> {
  await withListening(options, async (server, start) => {
    let toxics: ConnectionToxics | undefined;
    await using proxy = await FaultProxy.start(server.address.port, () => {
      const once = toxics;
      toxics = undefined;
      return once;
    });
    const client = start({ port: proxy.port });
    await client.whenReady();
    const cutNext = (next: ConnectionToxics): void => void (toxics = next);
    await run({ passing: new Passing(server, client), proxy, cutNext });
    await client.abort();
  });
}

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

/** What a lane carries from the producer for the items, its negotiation included. */
async function measure(from: Side, { passing, proxy }: Cutting): Promise<number> {
  await collect(await passing.stream(from, stream(source(ITEMS).items(), { resumable: true })));
  const lane = proxy.connections.at(-1)!;
  return from === 'server' ? lane.bytesFromServer : lane.bytesFromClient;
}

describe('a resumable stream in a value whose lane is cut', () => {
  for (const [what, options] of [
    ['plain', { both }],
    ['compressed', { both: { ...both, compression: lz4() } }],
  ] as const satisfies [string, PairOptions][]) {
    for (const from of SIDES) {
      it(`L10 goes on at the exact item, at every byte that its producer sends: ${what}, the ${from}’s`, async () => {
        await withCuts(options, async (cutting) => {
          const total = await measure(from, cutting);
          const direction = from === 'server' ? 'toClient' : 'toServer';
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
          }
        });
      });

      it(`L10 goes on at the exact item, at every byte that its reader sends: ${what}, the ${from}’s`, async () => {
        await withCuts(options, async (cutting) => {
          const direction = from === 'server' ? 'toServer' : 'toClient';
          for (let bytes = 0; bytes < 200; bytes += 3) {
            cutting.cutNext({ [direction]: { limitData: { bytes, by: 'rst' } } });
            const local = stream(source(ITEMS).items(), { resumable: true });
            const remote = await cutting.passing.stream(from, local);
            expect(await collect(remote), `cut at ${bytes}`).to.deep.equal(ITEMS);
            await local.whenSent;
          }
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
    await withListening({ both }, async (server, start) => {
      let toxics: ConnectionToxics | undefined;
      await using proxy = await FaultProxy.start(server.address.port, () => {
        const once = toxics;
        toxics = undefined;
        return once;
      });
      const lines = {
        give() {
          const context = callContext();
          context.setHeader('columns', 'name, sum');
          context.setTrailer('rows', '3');
          return stream(source(ITEMS).items(), { resumable: true });
        },
      };
      server.expose('lines', lines);
      const client = start({ port: proxy.port });
      await client.whenReady();
      const api = client.api<typeof lines>('lines');
      for (let bytes = 100; bytes < 420; bytes += 2) {
        toxics = { toClient: { limitData: { bytes, by: 'rst' } } };
        const remote = await api.give();
        expect(await collect(remote), `cut at ${bytes}`).to.deep.equal(ITEMS);
        expect(await remote.headers).to.deep.include({ columns: 'name, sum' });
        expect(await remote.trailers).to.deep.include({ rows: '3' });
      }
      await client.abort();
    });
  });
});
