import { expect } from 'chai';

import type { BatchOptions } from '../../../lib/types/sink-source.ts';
import type { Metadata, RemoteStream } from '../../../lib/types/value-stream.ts';
import { StreamClosedError } from '../../../lib/errors/errors.ts';
import type { MapItem } from '../../../lib/service/middleware/mapped-iterator.ts';
import { MappedStream } from '../../../lib/service/middleware/mapped-stream.ts';
import { rejectionOf } from '../../support/rejection.ts';

const DONE = { done: true, value: undefined } as const;

/** A stream that gives 1, 2, 3 … up to its length, and remembers how it was canceled. */
class Numbers implements RemoteStream<unknown> {
  readonly '~stream' = 'remote';
  readonly headers: Promise<Metadata> = Promise.resolve({ kind: 'numbers' });
  readonly trailers: Promise<Metadata> = Promise.resolve({ count: '3' });
  readonly ended: Promise<void>;
  readonly reasons: unknown[] = [];
  readonly receivedBytes = 100;
  readonly wantsManualAck = true;
  readonly acknowledged: (number | undefined)[] = [];
  readonly skipCount = 3;
  ack: 'auto' | 'manual' = 'auto';
  readonly #length: number;
  #last = 0;
  #end!: { resolve(): void; reject(error: unknown): void };

  constructor(length = 3) {
    this.#length = length;
    this.ended = new Promise((resolve, reject) => {
      this.#end = { resolve, reject };
    });
    this.ended.catch(() => {});
  }

  get receivedItems(): number {
    return this.#last;
  }

  get nextIndex(): number {
    return this.#last;
  }

  get acknowledgedItems(): number {
    return this.acknowledged.length;
  }

  get lastAckIndex(): number {
    return this.acknowledgedItems - 1;
  }

  acknowledge(upTo?: number): void {
    this.acknowledged.push(upTo);
  }

  readInto(): Promise<number | undefined> {
    throw new Error('numbers are no bytes');
  }

  borrowed(): AsyncIterableIterator<unknown> {
    return this[Symbol.asyncIterator]();
  }

  async read(): Promise<IteratorResult<unknown, undefined>> {
    if (this.reasons.length > 0) throw new Error('canceled');
    if (this.#last < this.#length) return { done: false, value: ++this.#last };
    this.#end.resolve();
    return DONE;
  }

  async readBatch(options?: BatchOptions): Promise<unknown[] | undefined> {
    const batch: unknown[] = [];
    do {
      const step = await this.read();
      if (step.done === true) return undefined;
      batch.push(step.value);
    } while (this.#last < this.#length && batch.length !== options?.max);
    return batch;
  }

  cancel(reason?: unknown): void {
    this.reasons.push(reason);
    this.#end.reject(new Error('canceled'));
  }

  toReadable(): never {
    throw new Error('not needed');
  }

  toReadableStream(): never {
    throw new Error('not needed');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel('disposed');
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<unknown> {
    return {
      next: () => (this.reasons.length > 0 ? Promise.resolve(DONE) : this.read()),
      return: async () => {
        this.cancel('left');
        return DONE;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}

const tenfold: MapItem = (item) => Number(item) * 10;
const broken = new Error('2 is wrong');
const not2: MapItem = (item) => {
  if (item === 2) throw broken;
  return item;
};

function mapped(map: MapItem, numbers = new Numbers()): MappedStream<number> {
  return new MappedStream<number>(numbers, map);
}

async function collect(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const item of items) seen.push(item);
  return seen;
}

describe('MappedStream', () => {
  const ways: Record<string, (stream: MappedStream<number>) => Promise<unknown[]>> = {
    'for await': collect,
    read: async (stream) => {
      const seen: unknown[] = [];
      for (let step; (step = await stream.read()).done !== true;) seen.push(step.value);
      return seen;
    },
    readBatch: async (stream) => {
      const seen: unknown[] = [];
      for (let batch; (batch = await stream.readBatch()) !== undefined;) seen.push(...batch);
      return seen;
    },
    toReadable: (stream) => collect(stream.toReadable()),
    toReadableStream: (stream) => collect(stream.toReadableStream()),
  };

  it('L15 counts what was left out as its stream does', () => {
    expect(mapped(tenfold).skipCount).to.equal(new Numbers().skipCount);
  });

  for (const [way, readAll] of Object.entries(ways)) {
    it(`gives what items become to ${way}, and ends with the stream`, async () => {
      const stream = mapped(tenfold);
      expect(await readAll(stream)).to.deep.equal([10, 20, 30]);
      await stream.ended;
    });

    it(`waits for promises of items for ${way}`, async () => {
      expect(await readAll(mapped(async (item) => tenfold(item)))).to.deep.equal([10, 20, 30]);
    });

    it(`K6 ends with the error of an item for ${way}, and cancels the producer with it`, async () => {
      const numbers = new Numbers();
      const stream = mapped(not2, numbers);
      expect(await rejectionOf(readAll(stream), Error)).to.equal(broken);
      expect(numbers.reasons[0]).to.equal(broken);
      expect(await rejectionOf(stream.ended, Error)).to.equal(broken);
    });
  }

  it('ends with a rejection as with a throw', async () => {
    const numbers = new Numbers();
    const stream = mapped((item) => Promise.reject(new Error(String(item))), numbers);
    expect((await rejectionOf(collect(stream), Error)).message).to.equal('1');
    expect(numbers.reasons).to.have.length(1);
  });

  it('gives the items before a wrong one first', async () => {
    const iterated = mapped(not2)[Symbol.asyncIterator]();
    expect(await iterated.next()).to.deep.equal({ done: false, value: 1 });
    await rejectionOf(iterated.next(), Error);
    expect(await iterated.next()).to.deep.equal(DONE);

    const batched = mapped(not2);
    expect(await batched.readBatch()).to.deep.equal([1]);
    expect(await rejectionOf(batched.readBatch(), Error)).to.equal(broken);
    expect(await rejectionOf(batched.read(), Error)).to.equal(broken);
  });

  it('B1-demand gives as many items at a time as are wanted', async () => {
    const batched = mapped((item) => Number(item) * 10);
    expect(await batched.readBatch({ max: 2 })).to.deep.equal([10, 20]);
    expect(await batched.readBatch({ max: 2 })).to.deep.equal([30]);
  });

  it('K3 passes on that the loop was left, while an item is waited for', async () => {
    const numbers = new Numbers();
    let arrived: (() => void) | undefined;
    const stream = mapped(() => new Promise<void>((resolve) => (arrived = resolve)), numbers);
    const items = stream[Symbol.asyncIterator]();
    const next = items.next();
    await items.return?.();
    expect(numbers.reasons).to.deep.equal(['left']);
    arrived?.();
    await rejectionOf(next, StreamClosedError);
    expect(await items.next()).to.deep.equal(DONE);
  });

  it('passes on cancel, disposal, headers and trailers', async () => {
    const numbers = new Numbers();
    const stream = mapped(tenfold, numbers);
    expect(await stream.headers).to.deep.equal({ kind: 'numbers' });
    expect(await stream.trailers).to.deep.equal({ count: '3' });
    stream.cancel('enough');
    await stream[Symbol.asyncDispose]();
    expect(numbers.reasons).to.deep.equal(['enough', 'disposed']);
    expect((await rejectionOf(stream.ended, Error)).message).to.equal('canceled');
  });
});
