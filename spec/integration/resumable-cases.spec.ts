import { deflateRawSync, inflateRawSync } from 'node:zlib';

import { expect } from 'chai';

import { type CompressorFactory, lz4, multiCompressor } from '../../lib/compression.ts';
import { type RemoteStream, stream } from '../../lib/index.ts';
import { type AwayPair, withAway } from '../support/away.ts';
import { Numbers } from '../support/numbers.ts';
import { collect, collectToError, type Side, SIDES } from '../support/passing.ts';
import { turns, until } from '../support/turns.ts';

/** Makes frames small as its name says. */
const DEFLATE: CompressorFactory = {
  supported: 'DEFLATE',
  negotiate: (feature) =>
    feature === 'DEFLATE'
      ? {
          name: 'DEFLATE',
          compress: (frame) => (frame.length === 0 ? frame : deflateRawSync(frame)),
          decompress: (payload, maxOutputLength) =>
            payload.length === 0 ? payload : inflateRawSync(payload, { maxOutputLength }),
        }
      : undefined,
};

/** A server that agrees to one compressor after the other, to none behind the last, and so on. */
class ChangingChoice {
  /** The name of the one that was agreed last; undefined for none. */
  last: string | undefined;
  readonly #all: readonly CompressorFactory[];
  #at = 0;

  constructor(all: readonly CompressorFactory[]) {
    this.#all = all;
  }

  readonly factory: CompressorFactory = {
    supported: '',
    negotiate: (_offer, isServer, sendEmptyFrame) => {
      const chosen = this.#all[this.#at];
      const compressor = chosen?.negotiate(chosen.supported, isServer, sendEmptyFrame);
      this.last = compressor?.name;
      return compressor;
    },
  };

  change(): void {
    this.#at = (this.#at + 1) % (this.#all.length + 1);
  }
}

/** Turns in which a source would be asked for more, if it were asked. */
const LONG = 300;

/** The numbers from `first` on, one behind the other. */
const from = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => first + at);

async function readNext(remote: RemoteStream<number>, count: number): Promise<number[]> {
  const items: number[] = [];
  while (items.length < count) items.push((await remote.read()).value!);
  return items;
}

/** All items that are left, as an iterable: a stream is read in one way only. */
async function* rest<T>(remote: RemoteStream<T>): AsyncGenerator<T> {
  for (let step; (step = await remote.read()).done !== true;) yield step.value;
}

/** What the newest lane has carried from one side, its negotiation included. */
function bytesFrom(side: Side, { proxy }: AwayPair): number {
  const lane = proxy.connections.at(-1)!;
  return side === 'server' ? lane.bytesFromServer : lane.bytesFromClient;
}

/** Where the frames of three items end on their lane, and the last frame of all. */
async function frameEnds(side: Side, pair: AwayPair): Promise<number[]> {
  const local = stream([0, 1, 2], { resumable: { windowItems: 1 } });
  const remote = await pair.passing.stream(side, local);
  const ends: number[] = [];
  for await (const _ of remote) ends.push(bytesFrom(side, pair));
  await local.whenSent;
  return [...ends, bytesFrom(side, pair)];
}

for (const side of SIDES) {
  describe(`a resumable stream, case by case, the ${side}’s`, () => {
    it('Lane cut, main lives: goes on', async () => {
      await withAway(async ({ passing, proxy, client }) => {
        const local = stream(from(0, 50), { resumable: { windowItems: 5 } });
        const remote = await passing.stream(side, local);
        for (let read = 0; read < 50; read += 10) {
          expect(await readNext(remote, 10)).to.deep.equal(from(read, 10));
          proxy.connections.at(-1)!.reset();
        }
        expect((await remote.read()).done).to.equal(true);
        await local.whenSent;
        expect([client.state, client.stats.reconnects]).to.deep.equal(['connected', 0]);
      });
    });

    it('Cut inside, between frames, at 0, last, behind EOS: exact', async () => {
      await withAway(async (pair) => {
        const [first = 0, second = 0, third = 0, end = 0] = await frameEnds(side, pair);
        expect([first, second, third, end]).to.deep.equal(
          [first, second, third, end].toSorted((a, b) => a - b),
        );
        const toxic = side === 'server' ? 'toClient' : 'toServer';
        const inside = [first + 1, second - 1, third + 1];
        for (const bytes of [0, ...inside, first, second, third, end - 1, end]) {
          for (const by of ['fin', 'rst'] as const) {
            pair.cutNext({ [toxic]: { limitData: { bytes, by } } });
            const local = stream([0, 1, 2], { resumable: { windowItems: 1 } });
            const items = await collect(await pair.passing.stream(side, local));
            expect(items, `${by} after ${bytes}`).to.deep.equal([0, 1, 2]);
            await local.whenSent;
          }
        }
        expect(pair.client.stats.reconnects).to.equal(0);
      });
    });

    it('Ack lost: window opens, as the next connection tells the position', async () => {
      await withAway(async ({ passing, proxy, leave, comeBack }) => {
        const numbers = new Numbers();
        const resumable = { windowItems: 4, ackPeriod: 1 };
        const local = stream(numbers.upTo(Infinity), { resumable });
        const remote = await passing.stream(side, local);
        await remote.read();
        await until(() => numbers.made === 4);
        proxy.connections[0]!.swallow(side === 'server' ? 'client' : 'server');
        expect(await readNext(remote, 3)).to.deep.equal([1, 2, 3]);
        const waiting = readNext(remote, 6);
        await turns(LONG);
        expect(numbers.made).to.equal(4);
        await leave();
        expect(await comeBack()).to.equal(true);
        expect(await waiting).to.deep.equal(from(4, 6));
        remote.cancel();
      });
    });

    it('Producer runs on during resume: no gap', async () => {
      await withAway(async ({ passing, proxy, leave, comeBack }) => {
        const numbers = new Numbers();
        const local = stream(numbers.upTo(Infinity), { resumable: { windowItems: 2_000 } });
        const remote = await passing.stream(side, local);
        let read = 0;
        for (let cut = 0; cut < 12; cut++) {
          expect(await readNext(remote, 400)).to.deep.equal(from(read, 400));
          read += 400;
          const before = numbers.made;
          if (cut % 4 === 3) {
            await leave();
            // It runs on, or its window is full: not all that was read is told while it is away.
            const isFull = (): boolean => numbers.made >= local.acknowledgedItems + 2_000;
            await until(() => numbers.made > before || isFull());
            expect(await comeBack()).to.equal(true);
          } else proxy.connections.at(-1)!.reset();
        }
        expect(await readNext(remote, 4_000)).to.deep.equal(from(read, 4_000));
        remote.cancel();
        await until(() => numbers.ended === 1);
      });
    });

    it('B2-31 Mid-stream: resumes, each time that the connection of its client is lost', async () => {
      await withAway(async ({ passing, leave, comeBack }) => {
        const local = stream(new Numbers().upTo(100), { resumable: { windowItems: 16 } });
        const remote = await passing.stream(side, local);
        for (let read = 0; read < 100; read += 20) {
          expect(await readNext(remote, 20)).to.deep.equal(from(read, 20));
          await leave();
          expect(await comeBack()).to.equal(true);
        }
        expect((await remote.read()).done).to.equal(true);
        await local.whenSent;
        expect(local.acknowledgedItems).to.equal(100);
      });
    });

    it('Compressor changed: same items', async () => {
      const choice = new ChangingChoice([lz4(), DEFLATE]);
      const compression = multiCompressor(lz4(), DEFLATE);
      const options = { client: { compression }, server: { compression: choice.factory } };
      await withAway(async ({ passing, leave, comeBack }) => {
        const texts = from(0, 100).map((index) => `${index}, `.repeat(100 + index));
        const local = stream(texts, { resumable: { windowItems: 16 } });
        const remote = await passing.stream<string>(side, local);
        const got: string[] = [];
        for (const name of ['LZ4', 'DEFLATE', undefined, 'LZ4']) {
          expect(choice.last).to.equal(name);
          for (let item = 0; item < 20; item++) got.push((await remote.read()).value!);
          // Some that were compressed in this way are not taken yet.
          await until(() => local.sentItems > got.length);
          await leave();
          choice.change();
          expect(await comeBack()).to.equal(true);
        }
        got.push(...(await collect(rest(remote))));
        expect(got).to.deep.equal(texts);
        await local.whenSent;
        expect(local.resentItems).to.be.at.least(1);
      }, options);
    });

    it('Ended, failed, canceled away: told once', async () => {
      await withAway(async ({ passing, leave, comeBack }) => {
        for (const end of ['ended', 'failed', 'canceled'] as const) {
          let goOn: () => void = () => {};
          const held = new Promise<void>((resolve) => void (goOn = resolve));
          let released = 0;
          async function* items(): AsyncGenerator<number> {
            try {
              yield* [0, 1];
              await held;
              yield* [2, 3];
              if (end === 'failed') throw new Error('the disk is full');
            } finally {
              released++;
            }
          }
          const local = stream(items(), { resumable: true });
          const sent = local.whenSent.catch((error: unknown) => error);
          const remote = await passing.stream(side, local);
          expect(await readNext(remote, 2)).to.deep.equal([0, 1]);
          await leave();
          if (end === 'canceled') remote.cancel(new Error('enough'));
          goOn();
          await turns(5);
          expect(await comeBack()).to.equal(true);
          if (end === 'ended') {
            expect(await collect(rest(remote))).to.deep.equal([2, 3]);
            expect(await sent).to.equal(undefined);
          } else if (end === 'failed') {
            const { items: last, error } = await collectToError(rest(remote));
            expect([last, error.message]).to.deep.equal([[2, 3], 'the disk is full']);
            expect(await sent).to.include({ message: 'the disk is full' });
          } else {
            expect(await sent).to.include({ code: 'ERR_CANCELED' });
          }
          await until(() => released > 0);
          await turns(LONG);
          expect(released, end).to.equal(1);
        }
      });
    });

    it('Nested in a repeated item: one stream', async () => {
      await withAway(async ({ passing, proxy, leave, comeBack }) => {
        let begun = 0;
        async function* inner(index: number): AsyncGenerator<number> {
          begun++;
          yield* [index, index * 10];
        }
        async function* outer(): AsyncGenerator<{ inner: AsyncIterable<number> }> {
          for (let index = 0; index < 8; index++) {
            yield { inner: stream(inner(index), { resumable: true }) };
          }
        }
        const local = stream(outer(), { resumable: true });
        const remote = await passing.stream<{ inner: AsyncIterable<number> }>(side, local);
        const first = (await remote.read()).value!;
        await until(() => local.sentItems === 8);
        // All that was sent and not taken comes again.
        proxy.connections.at(-1)!.reset();
        const second = (await remote.read()).value!;
        await leave();
        expect(await comeBack()).to.equal(true);
        const got = [await collect(first.inner), await collect(second.inner)];
        for await (const item of rest(remote)) got.push(await collect(item.inner));
        expect(got).to.deep.equal(from(0, 8).map((index) => [index, index * 10]));
        expect(begun).to.equal(8);
        expect(local.resentItems).to.be.at.least(1);
      });
    });

    it('Away: source not pulled, beyond the window', async () => {
      await withAway(async ({ passing, leave, comeBack }) => {
        // The window is full when the client leaves, or is filled by a slow source while it is away.
        for (const atFirst of [10, 4]) {
          let goOn: () => void = () => {};
          const held = new Promise<void>((resolve) => void (goOn = resolve));
          let pulled = 0;
          async function* items(): AsyncGenerator<number> {
            for (let item = 0; ; item++) {
              pulled++;
              if (item === atFirst) await held;
              yield item;
            }
          }
          const local = stream(items(), { resumable: { windowItems: 10 } });
          const remote = await passing.stream(side, local);
          expect(await readNext(remote, 1)).to.deep.equal([0]);
          await until(() => local.sentItems === atFirst);
          await leave();
          goOn();
          await until(() => local.sentItems === 10);
          await turns(LONG);
          expect([local.sentItems, pulled]).to.deep.equal([10, 10]);
          expect(await comeBack()).to.equal(true);
          expect(await readNext(remote, 30)).to.deep.equal(from(1, 30));
          remote.cancel();
        }
      });
    });

    it('Item above window: alone', async () => {
      await withAway(async ({ passing, proxy }) => {
        const items = from(0, 6).map((index) => new Uint8Array(50_000).fill(index));
        const local = stream(items, { resumable: { windowBytes: 1_000 } });
        const remote = await passing.stream<Uint8Array>(side, local);
        for (let index = 0; index < 6; index++) {
          const { value } = await remote.read();
          expect([value?.length, value?.[0], value?.at(-1)]).to.deep.equal([50_000, index, index]);
          await turns(20);
          expect(local.sentItems).to.equal(index + 1);
          if (index === 2) proxy.connections.at(-1)!.reset();
        }
        expect((await remote.read()).done).to.equal(true);
        await local.whenSent;
      });
    });
  });
}
