import { expect } from 'chai';
import { Readable } from 'node:stream';

import { ManualClock } from '../../lib/testing.ts';
import { interruptible, leave } from '../../lib/blob/interruptible.ts';
import { Interruption } from '../../lib/blob/interruption.ts';
import { gather } from '../support/blobs.ts';
import { rejectionOf } from '../support/rejection.ts';

const REASON = new Error('the reason');

function interruption(): Interruption {
  return new Interruption(new ManualClock(), {});
}

/** Numbers without an end; tells when it is left. */
async function* numbers(seen: string[]): AsyncGenerator<number> {
  try {
    for (let number = 0; ; number++) yield number;
  } finally {
    await Promise.resolve();
    seen.push('left');
  }
}

describe('service/blob/interruptible', () => {
  it('gives all items and leaves what has ended alone', async () => {
    let returns = 0;
    const iterator = {
      count: 0,
      next(): Promise<IteratorResult<number>> {
        return Promise.resolve({ done: this.count === 2, value: this.count++ });
      },
      return(): Promise<IteratorResult<number>> {
        returns++;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
    const items = { [Symbol.asyncIterator]: () => iterator };
    expect(await gather(interruptible(items, interruption()))).to.deep.equal([0, 1]);
    expect(returns).to.equal(0);
  });

  it('has left the iterable when the loop over it is left', async () => {
    const seen: string[] = [];
    for await (const number of interruptible(numbers(seen), interruption())) {
      if (number === 2) break;
    }
    expect(seen).to.deep.equal(['left']);
  });

  it('throws the reason at the next item', async () => {
    const seen: string[] = [];
    const stop = interruption();
    const items = interruptible(numbers(seen), stop);
    await items.next();
    stop.interrupt(REASON);
    expect(await rejectionOf(items.next(), Error)).to.equal(REASON);
    await Promise.resolve();
    expect(seen).to.deep.equal(['left']);
  });

  it('throws the reason while an item is waited for, and destroys a Readable', async () => {
    const readable = new Readable({ read() {} });
    const stop = interruption();
    const next = interruptible(readable, stop).next();
    stop.interrupt(REASON);
    expect(await rejectionOf(next, Error)).to.equal(REASON);
    expect(readable.destroyed).to.equal(true);
  });

  it('does not even ask for an item when it is too late', async () => {
    let isAsked = false;
    const items = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          isAsked = true;
          return Promise.resolve({ done: true, value: undefined } as const);
        },
      }),
    };
    const stop = interruption();
    stop.interrupt(REASON);
    expect(await rejectionOf(gather(interruptible(items, stop)), Error)).to.equal(REASON);
    expect(isAsked).to.equal(false);
  });
});

describe('leave', () => {
  it('tells a stream of ours the reason', async () => {
    const told: unknown[] = [];
    const source = { '~stream': 'remote', cancel: (reason: unknown) => void told.push(reason) };
    await leave(source, numbers([]), REASON);
    expect(told).to.deep.equal([REASON]);
  });

  it('never rejects', async () => {
    const source = {
      '~stream': 'remote',
      cancel: () => {
        throw new Error('its own failure');
      },
    };
    await leave(source, numbers([]), REASON);
    const failing = {
      next: () => Promise.reject(new Error('not called')),
      return: () => Promise.reject(new Error('its own failure')),
    };
    await leave({}, failing, REASON);
    await leave({}, { next: failing.next }, REASON);
  });
});
