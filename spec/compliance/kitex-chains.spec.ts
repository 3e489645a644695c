import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import {
  callContext,
  CanceledError,
  type Client,
  type LocalStream,
  type Server,
  stream,
} from '../../lib/index.ts';
import { gather } from '../support/blobs.ts';
import { withTestService } from '../support/kitex-service.ts';
import { Numbers } from '../support/numbers.ts';
import { rejectionOf } from '../support/rejection.ts';
import { until } from '../support/turns.ts';
import { withListening, withServer } from '../support/with-server.ts';

/** A chain of processes: `a` is a client of `b`, which is one of `c`. */
async function withChain(
  serve: (b: Server, c: Server, toC: Client) => void,
  run: (toB: Client) => Promise<void>,
): Promise<void> {
  await withListening({ server: { name: 'C' } }, async (c) => {
    await withListening({ server: { name: 'B' } }, async (b, startToB) => {
      await withListening({}, async (_none, start) => {
        const toC = start({ port: c.address.port, name: 'B' });
        serve(b, c, toC);
        await run(startToB({ name: 'A' }));
      });
    });
  });
}

describe('Kitex: canceling through a chain', () => {
  it('X9 Kitex: a call’s cancel goes from A over B to C, with its reason and its path', async () => {
    let signal: AbortSignal | undefined;
    const waiting = new Deferred();
    const inC = {
      hang: (): Promise<never> => {
        ({ signal } = callContext());
        waiting.resolve();
        return new Promise(() => {});
      },
    };
    const serve = (b: Server, c: Server, toC: Client): void => {
      c.expose('c', inC);
      b.expose('b', {
        hang: () => toC.api<typeof inC>('c', { signal: callContext().signal }).hang(),
      });
    };
    await withChain(serve, async (toB) => {
      const abort = new AbortController();
      const api = toB.api<typeof inC>('b', { signal: abort.signal });
      const call = rejectionOf(api.hang(), CanceledError);
      await waiting.promise;
      abort.abort(new RangeError('found it elsewhere'));
      await call;
      await until(() => signal?.aborted === true);
      expectChain(signal?.reason, ['A', 'B']);
    });
  });

  it('X9 Kitex: so does a stream’s, where B passes C’s stream on', async () => {
    const made: LocalStream<number>[] = [];
    const numbers = new Numbers();
    const inC = {
      endless: (): LocalStream<number> => {
        const local = stream(numbers.upTo(Infinity));
        made.push(local);
        return local;
      },
    };
    const serve = (b: Server, c: Server, toC: Client): void => {
      c.expose('c', inC);
      b.expose('b', {
        endless: () =>
          stream((signal: AbortSignal) => toC.api<typeof inC>('c', { signal }).endless()),
      });
    };
    await withChain(serve, async (toB) => {
      const items = await toB.api<typeof inC>('b').endless();
      await items.read();
      items.cancel(new RangeError('found it elsewhere'));
      expectChain(await rejectionOf(made[0]?.whenSent ?? Promise.resolve()), ['A', 'B']);
      await until(() => numbers.ended === 1);
    });
  });

  it('X9 Kitex: a handler that returns lets go of the streams that it reads downstream', async () => {
    const numbers = new Numbers();
    const inC = { endless: (): AsyncIterable<number> => numbers.upTo(Infinity) };
    const inB = (toC: Client) => ({
      async first(): Promise<number> {
        for await (const number of toC.api<typeof inC>('c').endless()) return number;
        return -1;
      },
    });
    const serve = (b: Server, c: Server, toC: Client): void => {
      c.expose('c', inC);
      b.expose('b', inB(toC));
    };
    await withChain(serve, async (toB) => {
      expect(await toB.api<ReturnType<typeof inB>>('b').first()).to.equal(0);
      await until(() => numbers.ended === 1);
    });
  });

  it('X9 Kitex: a client that is gone cancels all the way down', async () => {
    const numbers = new Numbers();
    const inC = { endless: (): AsyncIterable<number> => numbers.upTo(Infinity) };
    const serve = (b: Server, c: Server, toC: Client): void => {
      c.expose('c', inC);
      b.expose('b', {
        async *endless(): AsyncGenerator<number> {
          yield* toC.api<typeof inC>('c').endless();
        },
      });
    };
    await withChain(serve, async (toB) => {
      const items = await toB.api<typeof inC>('b').endless();
      await items.read();
      await toB.abort();
      await until(() => numbers.ended === 1);
    });
  });

  it('X9 Kitex: a handler’s signal fires when the reader of its stream leaves, and not at its end', () =>
    withServer(async ({ server, client }) => {
      const signals: AbortSignal[] = [];
      const numbers = new Numbers();
      const service = {
        upTo(count: number): AsyncIterable<number> {
          signals.push(callContext().signal);
          return numbers.upTo(count);
        },
      };
      server.expose('service', service);
      const api = client.api<typeof service>('service');
      expect(await gather(api.upTo(2))).to.deep.equal([0, 1]);
      for await (const _number of api.upTo(Infinity)) break;
      await until(() => numbers.ended === 2);
      expect(signals.map(({ aborted }) => aborted)).to.deep.equal([false, true]);
      expect(signals[1]?.reason).to.be.instanceOf(CanceledError);
    }));

  it('X9, X3 Kitex: canceling what comes ends what goes as well, at once', () =>
    withTestService(async (api, service) => {
      const local = stream(async function* (signal: AbortSignal) {
        yield 'hello';
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      });
      const said = await api.echo(local);
      expect((await said.read()).value).to.equal('hello');
      said.cancel();
      await until(() => service.echoesEnded === 1);
      await rejectionOf(local.whenSent, CanceledError);
    }));
});

function expectChain(reason: unknown, path: readonly string[]): void {
  expect(reason).to.be.instanceOf(CanceledError).and.include({ initiator: 'remote' });
  const canceled = reason as CanceledError;
  expect(canceled.path).to.deep.equal(path);
  expect(canceled.cause)
    .to.be.instanceOf(RangeError)
    .and.include({ message: 'found it elsewhere' });
}
