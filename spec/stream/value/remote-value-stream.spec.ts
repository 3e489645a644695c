import { expect } from 'chai';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';

import {
  CanceledError,
  type RemoteStream,
  stream,
  StreamClosedError,
  TimeoutError,
} from '../../../lib/index.ts';
import type { ManualClock } from '../../../lib/testing.ts';
import { MisuseError } from '../../../lib/errors/errors.ts';
import { collect, collectToError, Counter, inMemory, withPassing } from '../../support/passing.ts';
import { cutShort } from '../../support/cut-short.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { turns, until } from '../../support/turns.ts';

/** Runs a test with a server's stream at its client, in memory. */
async function withStream<T>(
  source: AsyncIterable<T>,
  run: (remote: RemoteStream<T>, clock: ManualClock) => Promise<void>,
): Promise<void> {
  const options = inMemory();
  await withPassing(options, async ({ passing }) => {
    await run(await passing.stream<T>('server', source), options.clock);
  });
}

/** A producer whose items the test gives one by one. */
class Tap {
  readonly #waiting: ((step: IteratorResult<number>) => void)[] = [];

  give(value: number): void {
    this.#waiting.shift()?.({ done: false, value });
  }

  end(): void {
    this.#waiting.shift()?.({ done: true, value: undefined });
  }

  get isAsked(): boolean {
    return this.#waiting.length > 0;
  }

  [Symbol.asyncIterator](): AsyncIterator<number> {
    return { next: () => new Promise((resolve) => void this.#waiting.push(resolve)) };
  }
}

describe('RemoteStream', () => {
  it('tells itself from plain values', async () => {
    await withStream(new Counter(1).items(), async (remote) => {
      expect(remote['~stream']).to.equal('remote');
    });
  });

  describe('read', () => {
    it('gives the items, then the end each time', async () => {
      await withStream(new Counter(2).items(), async (remote) => {
        expect(await remote.read()).to.deep.equal({ done: false, value: 0 });
        expect(await remote.read()).to.deep.equal({ done: false, value: 1 });
        for (let times = 0; times < 2; times++) {
          expect(await remote.read()).to.deep.equal({ done: true, value: undefined });
          expect(await remote.readBatch()).to.equal(undefined);
        }
        await remote.ended;
      });
    });

    it('gives the end to all reads that wait for it', async () => {
      const tap = new Tap();
      await withStream(tap, async (remote) => {
        const reads = [remote.read(), remote.read(), remote.readBatch(), remote.read()];
        await until(() => tap.isAsked);
        tap.end();
        const done = { done: true, value: undefined };
        expect(await Promise.all(reads)).to.deep.equal([done, done, undefined, done]);
      });
    });

    it('tells an item that is undefined or null from the end', async () => {
      await withStream(stream([null, undefined, 0]), async (remote) => {
        expect(await remote.read()).to.deep.equal({ done: false, value: null });
        expect(await remote.read()).to.deep.equal({ done: false, value: undefined });
        expect(await remote.read()).to.deep.equal({ done: false, value: 0 });
        expect((await remote.read()).done).to.equal(true);
      });
    });

    it('gives up by signal and by time, and loses no item', async () => {
      const tap = new Tap();
      await withStream(tap, async (remote, clock) => {
        const controller = new AbortController();
        const late = follow(remote.read({ timeoutMs: 100 }));
        const canceled = follow(remote.read({ signal: controller.signal }));
        await until(() => tap.isAsked);
        await turns(20);
        controller.abort('why');
        clock.advance(100);
        await turns(2);
        expect(late.outcome).to.have.property('error').that.is.instanceOf(TimeoutError);
        expect(canceled.outcome).to.have.property('error').that.is.instanceOf(CanceledError);
        tap.give(7);
        expect(await remote.read()).to.deep.equal({ done: false, value: 7 });
      });
    });

    it('opens nothing with a signal that has fired', async () => {
      const counter = new Counter(1);
      await withStream(counter.items(), async (remote) => {
        await rejectionOf(remote.read({ signal: AbortSignal.abort() }), CanceledError);
        await rejectionOf(remote.readBatch({ timeoutMs: -1 }), TimeoutError);
        await turns(20);
        expect(counter.started).to.equal(0);
      });
    });

    it('K4 rejects with the producer’s error behind the items, each time', async () => {
      async function* failing(): AsyncGenerator<number> {
        yield 1;
        throw new RangeError('too much');
      }
      await withStream(failing(), async (remote) => {
        expect(await remote.readBatch()).to.deep.equal([1]);
        for (let times = 0; times < 2; times++) {
          expect((await rejectionOf(remote.read(), RangeError)).message).to.equal('too much');
          await rejectionOf(remote.readBatch(), RangeError);
        }
        await rejectionOf(remote.ended, RangeError);
      });
    });
  });

  describe('readBatch', () => {
    it('gives all items that have come, as an array of the caller’s', async () => {
      await withStream(new Counter(3).items(), async (remote) => {
        const first = await remote.readBatch();
        expect(first?.[0]).to.equal(0);
        const rest = first?.length === 3 ? [] : await remote.readBatch();
        expect([...(first ?? []), ...(rest ?? [])]).to.deep.equal([0, 1, 2]);
        expect(await remote.readBatch()).to.equal(undefined);
      });
    });
  });

  describe('in one of its ways', () => {
    it('L4 is iterated once: a second time throws', async () => {
      await withStream(new Counter(2).items(), async (remote) => {
        expect(await collect(remote)).to.deep.equal([0, 1]);
        expect(() => remote[Symbol.asyncIterator]()).to.throw(MisuseError, 'once');
        await rejectionOf(collect(remote), MisuseError);
      });
    });

    it('L4 is not iterated and read', async () => {
      await withStream(new Counter(2).items(), async (remote) => {
        await remote.read();
        await remote.readBatch();
        expect(() => remote[Symbol.asyncIterator]()).to.throw(MisuseError);
      });
      await withStream(new Counter(2).items(), async (remote) => {
        remote[Symbol.asyncIterator]();
        await rejectionOf(remote.read(), MisuseError);
        await rejectionOf(remote.readBatch(), MisuseError);
        expect(() => remote.toReadableStream()).to.throw(MisuseError);
      });
    });
  });

  describe('cancel', () => {
    it('B2-9 is silent, and whoever reads gets an error with the reason', async () => {
      const counter = new Counter();
      await withStream(counter.items(), async (remote) => {
        await remote.read();
        remote.cancel('seen enough');
        remote.cancel('again');
        for (const read of [remote.read(), remote.ended]) {
          const { cause } = await rejectionOf(read, StreamClosedError);
          expect(cause).to.be.instanceOf(CanceledError).with.property('cause', 'seen enough');
        }
        await until(() => counter.released === 1);
      });
    });

    it('B2-17 delivers nothing afterwards', async () => {
      await withStream(new Counter(10).items(), async (remote) => {
        await remote.read();
        remote.cancel();
        await rejectionOf(remote.readBatch(), StreamClosedError);
      });
    });

    it('is what disposal does', async () => {
      const counter = new Counter();
      await withStream(counter.items(), async (remote) => {
        await using held = remote;
        await held.read();
      });
      await until(() => counter.released === 1);
    });
  });

  describe('as a stream of Node', () => {
    it('gives the items in object mode, and ends', async () => {
      await withStream(new Counter(3).items(), async (remote) => {
        expect(await collect(remote.toReadable())).to.deep.equal([0, 1, 2]);
      });
    });

    it('K3 cancels when it is destroyed, with the error as the reason', async () => {
      let reason: unknown;
      const counter = new Counter();
      const source = stream((signal: AbortSignal) => {
        signal.addEventListener('abort', () => (reason = signal.reason));
        return counter.items();
      });
      await withStream(source, async (remote) => {
        const readable = remote.toReadable();
        await once(readable, 'readable');
        readable.destroy(new RangeError('not any more'));
        await once(readable, 'error');
        await until(() => counter.released === 1);
        expect(reason).to.have.nested.property('cause.message', 'not any more');
      });
    });

    for (const [name, toReadable] of Object.entries({
      toReadable: (remote: RemoteStream<number>) => remote.toReadable(),
      'Readable.from': (remote: RemoteStream<number>) => Readable.from(remote),
    })) {
      it(`K3 fails as a stream cut short when it is destroyed while it waits, by ${name}`, async () => {
        const tap = new Tap();
        await withStream(tap, async (remote) => {
          const outcome = cutShort(toReadable(remote));
          await until(() => tap.isAsked);
          tap.give(1);
          expect(await outcome).to.deep.equal({
            code: 'ERR_STREAM_PREMATURE_CLOSE',
            items: [1],
            isFinished: false,
          });
          await rejectionOf(remote.ended, StreamClosedError);
        });
      });
    }

    it('K3 fails as a stream cut short when it is destroyed with more at hand', async () => {
      await withStream(new Counter(100).items(), async (remote) => {
        const readable = remote.toReadable();
        let items = 0;
        readable.on('data', () => {
          if (++items === 5) readable.destroy();
        });
        const error = await rejectionOf(finished(readable), Error);
        expect(error).to.have.property('code', 'ERR_STREAM_PREMATURE_CLOSE');
      });
    });

    it('fails at an item of null or undefined, which a Readable would take for the end', async () => {
      for (const nothing of [null, undefined]) {
        await withStream(stream([1, nothing, 2]), async (remote) => {
          const { items, error } = await collectToError<unknown>(remote.toReadable());
          expect(items).to.deep.equal([1]);
          expect(error).to.be.instanceOf(MisuseError);
        });
      }
    });

    it('K4 is destroyed with the producer’s error', async () => {
      async function* failing(): AsyncGenerator<number> {
        yield 1;
        throw new RangeError('too much');
      }
      await withStream(failing(), async (remote) => {
        const { items, error } = await collectToError<number>(remote.toReadable());
        expect(items).to.deep.equal([1]);
        expect(error).to.be.instanceOf(RangeError);
      });
    });
  });

  describe('as a WHATWG stream', () => {
    it('gives the items, and ends', async () => {
      await withStream(new Counter(3).items(), async (remote) => {
        const reader = remote.toReadableStream().getReader();
        const items: unknown[] = [];
        for (let step; !(step = await reader.read()).done;) items.push(step.value);
        expect(items).to.deep.equal([0, 1, 2]);
      });
    });

    it('K3 cancels when it is canceled', async () => {
      const counter = new Counter();
      await withStream(counter.items(), async (remote) => {
        const reader = remote.toReadableStream().getReader();
        await reader.read();
        await reader.cancel(new Error('not any more'));
        await until(() => counter.released === 1);
      });
    });

    it('asks for nothing before it is read', async () => {
      const counter = new Counter();
      await withStream(counter.items(), async (remote) => {
        remote.toReadableStream();
        await turns(20);
        expect(counter.started).to.equal(0);
      });
    });
  });

  it('X5 has no metadata where there is none, once that is known', async () => {
    await withStream(new Counter(1).items(), async (remote) => {
      const headers = follow(remote.headers);
      const trailers = follow(remote.trailers);
      await turns(10);
      expect([headers.outcome, trailers.outcome]).to.deep.equal([undefined, undefined]);
      await remote.read();
      await turns(1);
      expect([headers.outcome, trailers.outcome]).to.deep.equal([{ value: {} }, undefined]);
      await remote.read();
      expect(await remote.trailers).to.deep.equal({});
    });
  });
});
