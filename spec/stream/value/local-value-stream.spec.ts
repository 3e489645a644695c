import { expect } from 'chai';
import { Readable } from 'node:stream';

import { MisuseError } from '../../../lib/errors/errors.ts';
import { OptionError, stream } from '../../../lib/index.ts';
import { raw } from '../../../lib/layout.ts';
import { LocalValueStream, withHooks } from '../../../lib/stream/value/local-value-stream.ts';
import { collect, collectToError, Counter } from '../../support/passing.ts';
import { rejectionOf } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';

describe('stream', () => {
  it('L1 takes a batch size from 1 to 1,024', () => {
    for (const batchSize of [1, 1_024]) stream([], { batchSize });
    for (const batchSize of [0, 1_025, 1.5, NaN, -1]) {
      expect(() => stream([], { batchSize })).to.throw(OptionError, 'batchSize');
    }
  });

  it('tells itself from plain values', () => {
    expect(stream([])['~stream']).to.equal('local');
  });

  it('L4 can be iterated here, as often as its source can', async () => {
    for (const source of [[1, 2, 3], () => [1, 2, 3], () => Readable.from([1, 2, 3])]) {
      const local = stream(source);
      for (let times = 0; times < 3; times++) expect(await collect(local)).to.deep.equal([1, 2, 3]);
    }
  });

  it('L4 fails the second iteration over items that are given once', async () => {
    const numbers = stream(new Counter(3).items());
    expect(await collect(numbers)).to.deep.equal([0, 1, 2]);
    await rejectionOf(collect(numbers), MisuseError);
  });

  it('L4 asks its source for nothing before it is iterated', async () => {
    const counter = new Counter(2);
    const local = stream(() => counter.items());
    await turns(1);
    expect(counter.started).to.equal(0);
    await collect(local);
    await collect(local);
    expect([counter.started, counter.released]).to.deep.equal([2, 2]);
  });

  it('L4 ends its source when the loop is left, whichever way', async () => {
    for (const leave of [
      async (local: AsyncIterable<number>) => {
        for await (const item of local) if (item === 1) break;
      },
      async (local: AsyncIterable<number>) => {
        await collectToError(
          (async function* () {
            for await (const item of local) {
              yield item;
              throw new Error('left');
            }
          })(),
        );
      },
    ]) {
      const counter = new Counter();
      await leave(stream(() => counter.items()));
      await turns(1);
      expect(counter.released).to.equal(1);
    }
  });

  it('L14 fires a factory’s signal when the loop is left, and not at its end or error', async () => {
    const signals: AbortSignal[] = [];
    const make = (signal: AbortSignal): AsyncIterable<number> => {
      signals.push(signal);
      return new Counter(2).items();
    };
    await collect(stream(make));
    expect(signals[0]?.aborted).to.equal(false);
    for await (const _item of stream(make)) break;
    expect(signals[1]?.aborted).to.equal(true);
    const failing = stream((signal: AbortSignal): AsyncIterable<number> => {
      signals.push(signal);
      return {
        [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('broken')) }),
      };
    });
    await collectToError(failing);
    expect(signals[2]?.aborted).to.equal(false);
  });

  it('passes its source’s error on', async () => {
    const error = new Error('broken');
    const { items, error: caught } = await collectToError(
      stream(
        (function* () {
          yield 1;
          throw error;
        })(),
      ),
    );
    expect(items).to.deep.equal([1]);
    expect(caught).to.equal(error);
  });

  it('has sent nothing by being iterated here', async () => {
    const local = stream([1, 2]);
    await collect(local);
    expect(local.sentItems).to.equal(0);
  });
});

describe('withHooks', () => {
  const hooks = { streamTimeoutMs: 5 };

  it('keeps what a stream of the user’s own is made with', () => {
    const own = new LocalValueStream(
      [1],
      { serializer: raw as never },
      { batchSize: 3, sendTimeoutMs: 1 },
    );
    const hooked = withHooks(own, hooks);
    expect(hooked).to.include({ serializer: raw, source: own.source });
    expect(hooked.hooks).to.include({ batchSize: 3, sendTimeoutMs: 1, streamTimeoutMs: 5 });
    expect(own.hooks).to.deep.equal({ batchSize: 3, sendTimeoutMs: 1 });
  });

  it('L15 lets who holds the user’s own learn of what is sent', async () => {
    const own = stream([1]);
    const hooked = withHooks(own, hooks);
    hooked.countItem();
    hooked.sent.resolve();
    expect(own.sentItems).to.equal(1);
    await own.whenSent;
  });

  it('makes a stream of anything else', () => {
    const items = new Counter().items();
    expect(withHooks(items, hooks)).to.include({ source: items, hooks });
  });
});
