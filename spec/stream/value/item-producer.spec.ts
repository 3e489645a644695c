import { expect } from 'chai';
import { Readable } from 'node:stream';

import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import { releaseSource, producerOf } from '../../../lib/stream/value/item-producer.ts';
import { Counter } from '../../support/passing.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { turns, until } from '../../support/turns.ts';

const REASON = new Error('not wanted any more');

/** An async iterator whose steps the test answers, and which writes down what it is asked. */
class Scripted implements AsyncIterableIterator<number> {
  readonly calls: string[] = [];
  settle: (step: IteratorResult<number>) => void = () => {};

  next(): Promise<IteratorResult<number>> {
    this.calls.push('next');
    return new Promise((resolve) => (this.settle = resolve));
  }

  return(): Promise<IteratorResult<number>> {
    this.calls.push('return');
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    this.calls.push('iterate');
    return this;
  }
}

/** Everything up to the end. */
async function all(source: object): Promise<unknown[]> {
  const producer = producerOf(source, new ManualClock());
  const items: unknown[] = [];
  for (;;) {
    const step = await producer.next();
    if (step.done === true) return items;
    items.push(step.value);
  }
}

describe('producerOf', () => {
  const sources: readonly [what: string, make: () => object][] = [
    ['an async generator', () => new Counter(3).items()],
    ['an async iterable', () => ({ [Symbol.asyncIterator]: () => new Counter(3).items() })],
    ['an array', () => [0, 1, 2]],
    ['a set', () => new Set([0, 1, 2])],
    ['a factory of either', () => () => new Counter(3).items()],
    ['a factory of a sync iterable', () => () => [0, 1, 2]],
    ['a Readable', () => Readable.from([0, 1, 2])],
    ['a ReadableStream', () => ReadableStream.from([0, 1, 2])],
    ['a factory of a ReadableStream', () => () => ReadableStream.from([0, 1, 2])],
  ];
  for (const [what, make] of sources) {
    it(`gives the items of ${what}`, async () => {
      expect(await all(make())).to.deep.equal([0, 1, 2]);
    });
  }

  it('K7, L3 asks for nothing before the first item is wanted', async () => {
    const scripted = new Scripted();
    let made = 0;
    const producers = [
      producerOf(scripted, new ManualClock()),
      producerOf(() => {
        made++;
        return scripted;
      }, new ManualClock()),
    ];
    await turns(2);
    expect(scripted.calls).to.deep.equal([]);
    expect(made).to.equal(0);
    for (const producer of producers) void producer.next();
    expect(scripted.calls).to.deep.equal(['iterate', 'next', 'iterate', 'next']);
    expect(made).to.equal(1);
  });

  it('L14 ends a plain iterable at once, whatever it is at', () => {
    const scripted = new Scripted();
    const producer = producerOf(scripted, new ManualClock());
    void producer.next();
    producer.cancel(REASON);
    expect(scripted.calls).to.deep.equal(['iterate', 'next', 'return']);
  });

  it('L14 tells a factory by its signal, and ends what goes on 100 ms later', async () => {
    const clock = new ManualClock();
    const scripted = new Scripted();
    let signal: AbortSignal | undefined;
    const producer = producerOf((given: AbortSignal) => {
      signal = given;
      return scripted;
    }, clock);
    void producer.next();
    expect(signal?.aborted).to.equal(false);
    producer.cancel(REASON);
    expect(signal?.reason).to.equal(REASON);
    clock.advance(99);
    await turns(1);
    expect(scripted.calls).to.deep.equal(['iterate', 'next']);
    clock.advance(1);
    expect(scripted.calls).to.deep.equal(['iterate', 'next', 'return']);
    scripted.settle({ done: false, value: 1 });
    await turns(1);
    expect(scripted.calls, 'once is enough').to.have.length(3);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('L14 waits no longer than the step of a factory that it is at', async () => {
    const clock = new ManualClock();
    for (const done of [true, false]) {
      const scripted = new Scripted();
      const producer = producerOf(() => scripted, clock);
      void producer.next();
      producer.cancel(REASON);
      await turns(1);
      expect(scripted.calls).to.deep.equal(['iterate', 'next']);
      scripted.settle(done ? { done, value: undefined } : { done, value: 1 });
      await turns(1);
      expect(scripted.calls).to.deep.equal(['iterate', 'next', 'return']);
      expect(clock.pendingTimers).to.equal(0);
    }
  });

  it('L14 ends a factory at once that is between two steps', async () => {
    const clock = new ManualClock();
    const counter = new Counter();
    const producer = producerOf(() => counter.items(), clock);
    await producer.next();
    producer.cancel(REASON);
    await turns(1);
    expect(counter.released).to.equal(1);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('K3 releases a producer at once that watches its signal while it waits', async () => {
    const clock = new ManualClock();
    let isReleased = false;
    const producer = producerOf(async function* (signal: AbortSignal) {
      try {
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        });
        yield 1;
      } finally {
        isReleased = true;
      }
    }, clock);
    const step = follow(producer.next() as Promise<unknown>);
    producer.cancel(REASON);
    await turns(1);
    expect(isReleased).to.equal(true);
    expect(step.outcome).to.deep.equal({ error: REASON });
    expect(clock.pendingTimers).to.equal(0);
  });

  it('calls no factory for a stream that is over before it was begun', () => {
    const clock = new ManualClock();
    let made = 0;
    producerOf(() => {
      made++;
      return [];
    }, clock).cancel(REASON);
    expect(made).to.equal(0);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('destroys a Readable, also one that waits', async () => {
    const readable = new Readable({ objectMode: true, read() {} });
    const producer = producerOf(readable, new ManualClock());
    const step = Promise.resolve(producer.next());
    step.catch(() => {});
    producer.cancel(REASON);
    expect(readable.destroyed).to.equal(true);
    await until(() => readable.closed);
  });

  it('rejects with the error of a Readable', async () => {
    const error = new Error('disk gone');
    const readable = new Readable({
      read() {
        this.destroy(error);
      },
    });
    const producer = producerOf(readable, new ManualClock());
    expect(await rejectionOf(Promise.resolve(producer.next()), Error)).to.equal(error);
  });

  it('cancels a ReadableStream with the reason, also one that waits', async () => {
    for (const isReading of [true, false]) {
      let reason: unknown;
      const stream = new ReadableStream({ cancel: (given) => void (reason = given) });
      const producer = producerOf(stream, new ManualClock());
      if (isReading) void producer.next();
      producer.cancel(REASON);
      await turns(1);
      expect(reason).to.equal(REASON);
    }
  });

  it('leaves the iterator of a stream of this side that can be canceled, which may hold on to something', async () => {
    let hasLeft = false;
    const source = {
      '~stream': 'blob',
      cancel: () => {},
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: false, value: 1 }),
        return: () => {
          hasLeft = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    const producer = producerOf(source, new ManualClock());
    await producer.next();
    producer.cancel(REASON);
    expect(hasLeft).to.equal(true);
  });

  it('X9 cancels a stream of the other side with the reason, read or not', async () => {
    for (const isReading of [true, false]) {
      const reasons: unknown[] = [];
      const remote = Object.assign(new Scripted(), {
        '~stream': 'remote',
        cancel: (reason: unknown) => void reasons.push(reason),
      });
      const producer = producerOf(remote, new ManualClock());
      if (isReading) void producer.next();
      producer.cancel(REASON);
      expect(reasons).to.deep.equal([REASON]);
      expect(remote.calls).not.to.include('return');
    }
  });

  it('takes a function for an iterator, as the language does', async () => {
    const steps = new Counter(3).items();
    const iterator = Object.assign(() => {}, { next: () => steps.next() });
    expect(await all({ [Symbol.asyncIterator]: () => iterator })).to.deep.equal([0, 1, 2]);
  });

  it('throws what an iterable throws that can’t be begun', () => {
    const error = new Error('closed');
    const producer = producerOf(
      {
        [Symbol.asyncIterator]() {
          throw error;
        },
      },
      new ManualClock(),
    );
    expect(() => producer.next()).to.throw(error);
  });

  it('never throws on a cancel, whatever the last step of a factory is', async () => {
    const step = Promise.resolve({ done: false, value: 1 });
    void Object.defineProperty(step, 'constructor', {
      get: () => {
        throw new Error('no constructor');
      },
    });
    let returned = 0;
    const iterator = { next: () => step, return: () => ({ done: true, value: returned++ }) };
    const producer = producerOf(() => ({ [Symbol.asyncIterator]: () => iterator }));
    void producer.next();
    producer.cancel(REASON);
    await turns(1);
    expect(returned).to.equal(1);
  });

  it('never throws on a cancel, whatever the iterator does', async () => {
    const iterators = [
      { next: () => ({ done: false, value: 1 }) },
      {
        next: () => ({ done: false, value: 1 }),
        return() {
          throw new Error('in return');
        },
      },
      {
        next: () => ({ done: false, value: 1 }),
        return: () => Promise.reject(new Error('later')),
      },
    ];
    for (const iterator of iterators) {
      const producer = producerOf({ [Symbol.iterator]: () => iterator }, new ManualClock());
      void producer.next();
      producer.cancel(REASON);
    }
    await turns(2);
  });
});

describe('releaseSource', () => {
  it('destroys a Readable and cancels a ReadableStream', async () => {
    const readable = Readable.from([1]);
    let isCanceled = false;
    const stream = new ReadableStream({ cancel: () => void (isCanceled = true) });
    releaseSource(readable);
    releaseSource(stream);
    await turns(1);
    expect([readable.destroyed, isCanceled]).to.deep.equal([true, true]);
  });

  it('ends a generator, which does nothing afterwards', async () => {
    const counter = new Counter(3);
    const items = counter.items();
    releaseSource(items);
    expect(await items.next()).to.deep.equal({ done: true, value: undefined });
    expect(counter.started).to.equal(0);
  });

  it('runs the finally of generators that had begun', async () => {
    let released = 0;
    function* begun(): Generator<number> {
      try {
        yield 1;
      } finally {
        released++;
      }
    }
    const sync = begun();
    sync.next();
    const counter = new Counter(3);
    const items = counter.items();
    await items.next();
    releaseSource(sync);
    releaseSource(items);
    await turns(1);
    expect([released, counter.released]).to.deep.equal([1, 1]);
  });

  it('K9 returns an iterator of the user’s own, with or without throw', async () => {
    let returned = 0;
    class Cursor implements AsyncIterableIterator<number> {
      next(): Promise<IteratorResult<number>> {
        return Promise.resolve({ done: false, value: 1 });
      }

      return(): Promise<IteratorResult<number>> {
        returned++;
        return Promise.resolve({ done: true, value: undefined });
      }

      [Symbol.asyncIterator](): this {
        return this;
      }
    }
    releaseSource(new Cursor());
    releaseSource({ next: () => ({ done: true, value: undefined }) });
    await turns(1);
    expect(returned).to.equal(1);
  });

  it('cancels a stream of the other side', () => {
    const reasons: unknown[] = [];
    releaseSource({ '~stream': 'remote', cancel: (reason: unknown) => void reasons.push(reason) });
    expect(reasons).to.have.length(1);
  });

  it('leaves alone what holds on to nothing', () => {
    let made = 0;
    const iterable = {
      [Symbol.asyncIterator]() {
        made++;
        return new Counter(1).items();
      },
    };
    releaseSource(iterable);
    releaseSource(() => {
      made++;
      return [];
    });
    releaseSource([1, 2]);
    expect(made).to.equal(0);
  });

  it('never throws', () => {
    releaseSource({
      next() {},
      throw() {},
      return() {
        throw new Error('in return');
      },
    });
  });
});
