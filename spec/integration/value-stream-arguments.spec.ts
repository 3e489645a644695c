import { expect } from 'chai';
import { Readable } from 'node:stream';

import {
  CanceledError,
  ClosedError,
  type HandlerContext,
  RefusedError,
  RemoteError,
  type RemoteStream,
  SerializationError,
  stream,
  TimeoutError,
  type Verb,
  verb,
} from '../../lib/index.ts';
import { ManualClock } from '../../lib/testing.ts';
import { collect, collectToError, Counter, inMemory } from '../support/passing.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';
import { withServer } from '../support/with-server.ts';

const CALL: Verb<(...args: unknown[]) => unknown> = verb(1);

/** A source that shows whether it was let go of. */
function held(): Readable {
  return new Readable({ objectMode: true, read() {} });
}

describe('streams in arguments', () => {
  it('K9 several, among plain values and at any depth', async () => {
    await withServer(async ({ server, client }) => {
      server.handle(CALL, async (_context, label, first, nested) => {
        const { deep } = nested as { deep: readonly [RemoteStream<number>] };
        const items = await Promise.all([collect(first as RemoteStream<number>), collect(deep[0])]);
        return [label, ...items];
      });
      const result = await client.call(CALL, 'a', new Counter(2).items(), {
        deep: [stream([7, 8])],
      });
      expect(result).to.deep.equal(['a', [0, 1], [7, 8]]);
    });
  });

  it('K9 in both directions at once, the results made of the arguments', async () => {
    await withServer(async ({ server, client }) => {
      server.handle(CALL, (_context, items) => {
        const numbers = items as RemoteStream<number>;
        return {
          doubled: (async function* () {
            for await (const number of numbers) yield number * 2;
          })(),
        };
      });
      const { doubled } = (await client.call(CALL, new Counter(1_000).items())) as {
        doubled: RemoteStream<number>;
      };
      const items = await collect(doubled);
      expect(items).to.have.length(1_000);
      expect(items[999]).to.equal(1_998);
    });
  });

  it('K9 may be read when the call was answered long ago', async () => {
    await withServer(async ({ server, client }) => {
      let kept: RemoteStream<number> | undefined;
      server.handle(CALL, (_context, items) => void (kept = items as RemoteStream<number>));
      await client.call(CALL, new Counter(3).items());
      await turns(20);
      expect(await collect(kept!)).to.deep.equal([0, 1, 2]);
    });
  });

  it('K9 that nobody read are let go of when the call fails', async () => {
    await withServer(async ({ server, client }) => {
      server.handle(CALL, () => {
        throw new Error('no');
      });
      const readable = held();
      await rejectionOf(client.call(CALL, [{ readable }]), RemoteError);
      await until(() => readable.closed);
    });
  });

  it('K9 that are being read when the call fails are ended, and their readers as well', async () => {
    await withServer(async ({ server, client }) => {
      let fail: (error: Error) => void = () => {};
      let reading: Promise<{ error: Error }> | undefined;
      server.handle(CALL, async (_context, items) => {
        const remote = items as RemoteStream<number>;
        await remote.read();
        const going = (async function* () {
          for (let step; !(step = await remote.read()).done;) yield step.value;
        })();
        reading = collectToError(going);
        await new Promise((_resolve, reject) => (fail = reject));
      });
      const counter = new Counter();
      const failed = rejectionOf(client.call(CALL, counter.items()), RemoteError);
      await until(() => reading !== undefined);
      fail(new Error('no'));
      await failed;
      await until(() => counter.released === 1);
      expect((await reading!).error).to.be.instanceOf(Error);
    });
  });

  it('K9 are let go of when the verb is not there, or refuses them', async () => {
    await withServer(async ({ client }) => {
      const readable = held();
      await rejectionOf(client.call(CALL, readable));
      await until(() => readable.closed);
    });
  });

  it('K9 are let go of when the call is given up: by its signal, or in time', async () => {
    const options = inMemory();
    await withServer(options, async ({ server, client }) => {
      const contexts: HandlerContext[] = [];
      server.handle(CALL, (context) => {
        contexts.push(context);
        return new Promise(() => {});
      });
      const controller = new AbortController();
      const canceled = held();
      const call = rejectionOf(
        client.with({ signal: controller.signal }).call(CALL, canceled),
        CanceledError,
      );
      await until(() => contexts.length === 1);
      controller.abort();
      await call;
      await until(() => canceled.closed);
      const late = held();
      const timed = rejectionOf(client.with({ timeoutMs: 100 }).call(CALL, late), TimeoutError);
      await until(() => contexts.length === 2);
      options.clock.advance(100);
      await timed;
      await until(() => late.closed);
    });
  });

  it('K9 of a call that can’t be sent are let go of, and none is sent', async () => {
    await withServer(async ({ server, client }) => {
      let calls = 0;
      server.handle(CALL, () => void calls++);
      const readable = held();
      await rejectionOf(
        client.call(CALL, readable, () => 'a function'),
        SerializationError,
      );
      await until(() => readable.closed);
      expect(await client.call(CALL)).to.equal(undefined);
      expect(calls).to.equal(1);
    });
  });

  it('K9 of a call that is never made are let go of', async () => {
    await withServer(async ({ server, client }) => {
      server.handle(CALL, () => {});
      const refused = held();
      const signal = AbortSignal.abort();
      await rejectionOf(client.with({ signal }).call(CALL, [{ refused }]), CanceledError);
      await until(() => refused.closed);
      await client.close();
      const late = held();
      await rejectionOf(client.call(CALL, late), ClosedError);
      await until(() => late.closed);
    });
  });
});

describe('streams in results', () => {
  it('K9 that can’t be sent are let go of', async () => {
    await withServer(async ({ server, client }) => {
      const readables: Readable[] = [];
      server.handle(CALL, (_context, kind) => {
        const readable = held();
        readables.push(readable);
        if (kind === 'bad') return { readable, bad: () => 'a function' };
        return { readable, large: Buffer.alloc(100) };
      });
      await rejectionOf(client.call(CALL, 'bad'), RemoteError);
      await until(() => readables[0]?.closed === true);
    });
  });

  it('K9 that stand behind what can’t be sent are let go of, in results, arguments and items', async () => {
    await withServer(async ({ server, client }) => {
      const readables = Array.from({ length: 3 }, held);
      const [inResult, inItem, inArgument] = readables;
      const wrong = 2n ** 64n;
      server.handle(CALL, (_context, kind) => {
        if (kind === 'result') return { wrong, inResult };
        return stream([{ wrong, inItem }]);
      });
      await rejectionOf(client.call(CALL, 'result'), RemoteError);
      const items = (await client.call(CALL, 'items')) as RemoteStream<unknown>;
      await rejectionOf(items.read(), Error);
      await rejectionOf(client.call(CALL, { wrong, inArgument }), SerializationError);
      await until(() => readables.every(({ closed }) => closed));
    });
  });

  it('K9 that are too large are let go of', async () => {
    await withServer({ server: { limits: { maxReplyBytes: 100 } } }, async ({ server, client }) => {
      const readable = held();
      server.handle(CALL, () => ({ readable, large: Buffer.alloc(200) }));
      await rejectionOf(client.call(CALL), RemoteError);
      await until(() => readable.closed);
    });
  });

  it('K9 of a reply that nobody waits for any more are let go of', async () => {
    const options = inMemory();
    await withServer(options, async ({ server, client }) => {
      const readable = held();
      let answer: () => void = () => {};
      server.handle(CALL, async () => {
        await new Promise<void>((resolve) => (answer = resolve));
        return { readable };
      });
      const call = rejectionOf(client.with({ timeoutMs: 100 }).call(CALL), TimeoutError);
      await turns(30);
      options.clock.advance(100);
      await call;
      answer();
      await until(() => readable.closed);
    });
  });

  it('K9 of a result that came when its caller had given up are let go of', async () => {
    // The server’s clock stands still: by its time the result is not late.
    const clock = new ManualClock();
    const options = { client: { clock }, server: { clock: new ManualClock() } };
    await withServer(options, async ({ server, client }) => {
      const readable = held();
      let answer: (() => void) | undefined;
      server.handle(CALL, async () => {
        await new Promise<void>((resolve) => (answer = resolve));
        return { readable };
      });
      const call = rejectionOf(client.with({ timeoutMs: 100 }).call(CALL), TimeoutError);
      await until(() => answer !== undefined);
      clock.advance(100);
      await call;
      expect(readable.closed).to.equal(false);
      answer?.();
      await until(() => readable.closed);
    });
  });

  it('K10 of a caller that has gone are let go of', async () => {
    await withServer(async ({ server, client }) => {
      const readable = held();
      let answer: () => void = () => {};
      server.handle(CALL, async () => {
        await new Promise<void>((resolve) => (answer = resolve));
        return { readable };
      });
      client.call(CALL).catch(() => {});
      await until(() => server.stats.connections === 1);
      await turns(20);
      await client.abort();
      await until(() => server.stats.connections === 0);
      answer();
      await until(() => readable.closed);
    });
  });

  it('K9 beyond maxPromised are let go of, and the call is refused', async () => {
    await withServer({ server: { limits: { maxPromised: 1 } } }, async ({ server, client }) => {
      const readables = [held(), held()];
      server.handle(CALL, () => readables);
      expect((await rejectionOf(client.call(CALL), RemoteError)).message).to.contain('maxPromised');
      await until(() => readables.every((readable) => readable.closed));
    });
  });

  it('K9 arguments beyond maxPromised refuse the call, which can be made again', async () => {
    await withServer({ client: { limits: { maxPromised: 1 } } }, async ({ server, client }) => {
      server.handle(CALL, (_context, items) => collect(items as RemoteStream<number>));
      const error = await rejectionOf(client.call(CALL, stream([1]), stream([2])), RefusedError);
      expect(error).to.include({ retryable: true, initiator: 'local' });
      expect(error.message).to.contain('limits.maxPromised');
      expect(await client.call(CALL, stream([1]))).to.deep.equal([1]);
    });
  });
});
