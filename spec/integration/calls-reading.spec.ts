import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import {
  type CallContext,
  callContext,
  CanceledError,
  type Client,
  type HandlerContext,
  type RemoteStream,
  type Server,
  type Source,
  type Verb,
  verb,
} from '../../lib/index.ts';
import { Counter, withProxied } from '../support/passing.ts';
import { rejectionOf } from '../support/rejection.ts';
import type { ConnectionToxics } from '../support/toxics.ts';
import { until } from '../support/turns.ts';
import { withServer } from '../support/with-server.ts';

const LOAD: Verb<(items: Source<[number]>) => number> = verb(1);

/** A method that reads a stream of its caller's and ends with it, and what it knew at its end. */
class Reader {
  items = 0;
  readonly context: Deferred<CallContext | HandlerContext> = new Deferred();
  readonly ended: Deferred<{ error: unknown; signal: AbortSignal }> = new Deferred();

  async load(items: AsyncIterable<unknown>): Promise<number> {
    return await this.read(callContext(), items);
  }

  async read(
    context: CallContext | HandlerContext,
    items: AsyncIterable<unknown>,
  ): Promise<number> {
    this.context.resolve(context);
    const { signal } = context;
    try {
      for await (const item of items) this.items += item === undefined ? 0 : 1;
    } catch (error) {
      this.ended.resolve({ error, signal });
      throw error;
    }
    this.ended.resolve({ error: undefined, signal });
    return this.items;
  }
}

interface Loading {
  load(items: AsyncIterable<number>): Promise<number>;
}

/** Numbers that never end. */
async function* numbers(): AsyncGenerator<number> {
  for (let number = 0; ; number++) {
    yield number;
    await new Promise(setImmediate);
  }
}

/** Runs a test with a call whose method is reading. */
async function withReading(
  run: (reading: {
    reader: Reader;
    client: Client;
    server: Server;
    abort: AbortController;
  }) => Promise<void>,
  options: Parameters<typeof withServer>[0] = {},
): Promise<void> {
  await withServer(options, async ({ server, client }) => {
    const reader = new Reader();
    server.expose('reader', reader);
    const abort = new AbortController();
    const call = client.api<Loading>('reader', { signal: abort.signal }).load(numbers());
    call.catch(() => {});
    await until(() => reader.items > 3);
    await run({ reader, client, server, abort });
  });
}

describe('the signal of a method that reads its caller’s stream', () => {
  it('B2-18, X9 has fired when the read fails because the caller canceled, with reason and path', async () => {
    const why = new RangeError('found it elsewhere');
    await withReading(
      async ({ reader, abort }) => {
        abort.abort(why);
        const { signal } = await reader.ended.promise;
        expect(signal.aborted).to.equal(true);
        expect(signal.reason)
          .to.be.instanceOf(CanceledError)
          .and.include({ scope: 'call', initiator: 'remote' });
        const { cause, path } = signal.reason as CanceledError;
        expect(cause).to.be.instanceOf(RangeError).and.include({ message: why.message });
        expect(path).to.deep.equal(['A']);
      },
      { client: { name: 'A' } },
    );
  });

  it('B2-18 has fired when the read fails because the caller closed or broke off', async () => {
    for (const end of [
      (client: Client) => client.close({ graceMs: 0 }),
      (client: Client) => client.abort(),
    ]) {
      await withReading(async ({ reader, client }) => {
        await end(client);
        const { signal, error } = await reader.ended.promise;
        expect(error).to.be.instanceOf(Error);
        expect(signal.aborted).to.equal(true);
      });
    }
  });

  it('B2-18 fires when the stream’s connection is lost alone, and the caller still gets its reply', async () => {
    const script = (index: number): ConnectionToxics | undefined =>
      index === 1 ? { toServer: { limitData: { bytes: 2_000, by: 'rst' } } } : undefined;
    await withProxied(script, async (pair) => {
      const reader = new Reader();
      pair.server.expose('reader', reader);
      const call = rejectionOf(pair.client.api<Loading>('reader').load(numbers()), Error);
      const { signal } = await reader.ended.promise;
      expect(signal.aborted).to.equal(true);
      expect(signal.reason).to.have.property('code', 'ERR_STREAM_CLOSED');
      await call;
    });
  });

  it('B2-18 does not fire at the end of the stream, nor when its producer throws', async () => {
    await withServer(async ({ server, client }) => {
      const whole = new Reader();
      const failed = new Reader();
      server.expose('whole', whole);
      server.expose('failed', failed);
      expect(await client.api<Loading>('whole').load(new Counter(3).items())).to.equal(3);
      async function* failing(): AsyncGenerator<number> {
        yield 1;
        throw new RangeError('no more');
      }
      await rejectionOf(client.api<Loading>('failed').load(failing()), Error);
      for (const reader of [whole, failed]) {
        const { signal } = await reader.ended.promise;
        expect(signal.aborted).to.equal(false);
      }
    });
  });

  it('B2-18 has fired for a verb’s source that ended before its time', async () => {
    await withServer(async ({ server, client }) => {
      const reader = new Reader();
      server.handle(LOAD, (context, source) => reader.read(context, source));
      const sink = await client.makeStreamSink<[number]>();
      const call = rejectionOf(client.call(LOAD, sink), Error);
      await sink.send(1);
      await until(() => reader.items === 1);
      await client.abort();
      await call;
      const { signal } = await reader.ended.promise;
      expect(signal.aborted).to.equal(true);
    });
  });

  it('is not kept from firing later by a stream that it has canceled itself', async () => {
    await withServer(async ({ server, client }) => {
      const signals: AbortSignal[] = [];
      const service = {
        async peek(items: RemoteStream<number>): Promise<void> {
          signals.push(callContext().signal);
          for await (const item of items) if (item === 1) break;
          await new Promise(() => {});
        },
      };
      server.expose('service', service);
      const abort = new AbortController();
      const api = client.api<{ peek(items: AsyncIterable<number>): Promise<void> }>('service', {
        signal: abort.signal,
      });
      const counter = new Counter();
      const call = rejectionOf(api.peek(counter.items()), CanceledError);
      await until(() => counter.released === 1);
      expect(signals[0]?.aborted).to.equal(false);
      abort.abort();
      await call;
      await until(() => signals[0]?.aborted === true);
    });
  });
});
