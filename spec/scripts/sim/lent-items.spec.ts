import { expect } from 'chai';

import { MessageTooLargeError, TimeoutError } from '../../../lib/errors/errors.ts';
import { simulate } from '../../../lib/simulation.ts';
import { drawPlan } from '../../../scripts/sim/plan/draw.ts';
import type { Flow, ReadingWay } from '../../../scripts/sim/plan/plan.ts';
import { makeItem, toSent } from '../../../scripts/sim/run/item.ts';
import { lentItems, type LendingSource } from '../../../scripts/sim/run/lent-items.ts';
import { Recorder } from '../../../scripts/sim/run/recorder.ts';

const ITEMS = 9;
const SIZE = 20;

function flowOf(reading: ReadingWay): Flow {
  return { items: ITEMS, itemBytes: SIZE, gapMs: 0, readGapMs: 0, layout: 'raw', reading };
}

/** A stream with mistakes that a library could make. */
interface Mistakes {
  /** Borrowed bytes are used again while their reader works. */
  readonly isGivenBackEarly?: boolean;
  /** A buffer is written to after its read has failed. */
  readonly isWrittenLate?: boolean;
  /** More is written to a buffer than the item. */
  readonly isLong?: boolean;
}

/** A stream of which the first read into a buffer takes too long. */
class FakeSource implements LendingSource {
  readonly #mistakes: Mistakes;
  readonly #left: Buffer[];
  #lent: Uint8Array[] = [];
  #hasFailed = false;

  constructor(mistakes: Mistakes) {
    this.#mistakes = mistakes;
    this.#left = Array.from({ length: ITEMS }, (_, index) =>
      Buffer.from(toSent(makeItem(1, 'down', index, SIZE), 'raw') as Uint8Array),
    );
  }

  /** While the reader works on an item. */
  work(): void {
    if (this.#mistakes.isGivenBackEarly === true) for (const bytes of this.#lent) bytes.fill(0xdb);
  }

  readOwn(): Promise<Uint8Array | undefined> {
    this.#giveBack();
    return Promise.resolve(this.#left.shift());
  }

  readBatch({ max = Infinity }: { readonly max?: number | undefined }) {
    this.#giveBack();
    this.#lent = this.#left.splice(0, Math.min(max, 3));
    return Promise.resolve(this.#lent.length === 0 ? undefined : [...this.#lent]);
  }

  readInto(buffer: Uint8Array): Promise<number | undefined> {
    this.#giveBack();
    const { isWrittenLate, isLong } = this.#mistakes;
    const [first] = this.#left;
    if (first === undefined) return Promise.resolve(undefined);
    if (first.length > buffer.length) {
      const error = new MessageTooLargeError(
        first.length,
        buffer.length,
        'buffer',
        'stream',
        'local',
      );
      return Promise.reject(error);
    }
    if (!this.#hasFailed) {
      this.#hasFailed = true;
      if (isWrittenLate === true) setImmediate(() => buffer.set(first));
      return Promise.reject(new TimeoutError('the read', 1, 'stream'));
    }
    buffer.set(first);
    if (isLong === true) buffer[first.length] = 0;
    this.#left.shift();
    return Promise.resolve(first.length);
  }

  async *borrowed(): AsyncGenerator<Uint8Array> {
    for (let bytes; (bytes = this.#left.shift()) !== undefined;) {
      this.#lent = [bytes];
      yield bytes;
      this.#giveBack();
    }
  }

  #giveBack(): void {
    for (const bytes of this.#lent) bytes.fill(0xdb);
    this.#lent = [];
  }
}

/** Reads to the end, and tells how many items came, and how many things were found to be wrong. */
async function read(reading: ReadingWay, mistakes: Mistakes): Promise<[number, number]> {
  let count = 0;
  let spoiled = 0;
  await simulate(1, async (world) => {
    const recorder = new Recorder(world);
    await world.node('reader', async (running) => {
      const own = recorder.of(running, 1);
      const source = new FakeSource(mistakes);
      const flow = { ...flowOf(reading), patienceMs: 1 };
      for await (const _ of lentItems({ own, stream: 'down', flow, source })) {
        count++;
        await running.sleep(1);
        source.work();
      }
    }).finished;
    recorder.lookAtWatched();
    spoiled = recorder.sights.filter(({ kind }) => kind === 'spoiled').length;
  });
  return [count, spoiled];
}

describe('readers of programs for worlds that read in memory that is used again', () => {
  for (const reading of ['borrowed', 'batch', 'into', 'mixed'] as const) {
    it(`find nothing wrong where items stay right up to the next step: ${reading}`, async () => {
      expect(await read(reading, {})).to.deep.equal([ITEMS, 0]);
    });
  }

  for (const reading of ['borrowed', 'batch', 'mixed'] as const) {
    it(`notice borrowed items that are given back too early: ${reading}`, async () => {
      const [count, spoiled] = await read(reading, { isGivenBackEarly: true });
      expect(count).to.equal(ITEMS);
      expect(spoiled).to.be.above(0);
    });
  }

  for (const reading of ['into', 'mixed'] as const) {
    it(`notice a buffer that is written to after its read has failed: ${reading}`, async () => {
      const [, spoiled] = await read(reading, { isWrittenLate: true });
      expect(spoiled).to.be.above(0);
    });

    it(`notice a buffer in which more is written than the item: ${reading}`, async () => {
      const [, spoiled] = await read(reading, { isLong: true });
      expect(spoiled).to.be.above(0);
    });
  }

  it('are drawn in every way, for streams in values and of verbs, resumable or not, compressed or not', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 600; seed++) {
      const { clients, server } = drawPlan(seed);
      for (const operation of clients.flatMap(({ operations }) => operations)) {
        if (!('flow' in operation) || operation.flow.reading === undefined) continue;
        const { reading, resumable, patienceMs } = operation.flow;
        const way = `${operation.kind.startsWith('verb') ? 'verb' : 'value'} ${reading}`;
        seen.add(resumable === undefined ? `${way} plain` : `${way} resumable`);
        if (server.isCompressing) seen.add(`${way} compressed`);
        if (patienceMs !== undefined) seen.add(`${way} in time`);
      }
    }
    const kinds = ['verb', 'value'].flatMap((kind) => [
      ...['borrowed', 'batch', 'into', 'mixed'].flatMap((reading) =>
        ['plain', 'resumable', 'compressed'].map((term) => `${kind} ${reading} ${term}`),
      ),
      ...['batch', 'into', 'mixed'].map((reading) => `${kind} ${reading} in time`),
    ]);
    expect([...seen]).to.include.members(kinds);
  });
});
