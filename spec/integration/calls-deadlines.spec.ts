import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import {
  CanceledError,
  type Client,
  ClosedError,
  Group,
  type HandlerContext,
  type Server,
  TimeoutError,
  verb,
} from '../../lib/index.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { type Outcome, follow, rejectionOf } from '../support/rejection.ts';
import { turns } from '../support/turns.ts';
import { memoryPair, withListening, withServer } from '../support/with-server.ts';

const echo = verb<(value: number) => number>(1);
const wait = verb<(value: number) => number>(2);
const bulk = verb<(bytes: Uint8Array) => void>(3);
const note = verb<(value: number) => void>(4, { noWait: true });

/** Turns that a request and its reply take in memory, with some to spare. */
const ROUND_TRIP_TURNS = 10;

describe('calls: deadlines', () => {
  it('S-C5 a call fails at its deadline and not before', async () => {
    const memory = memoryPair();
    await withServer(memory, async ({ server, client }) => {
      blocking(server);
      const call = client.with({ timeoutMs: 100 }).call(wait, 1);
      const followed = follow(call);
      await turns(ROUND_TRIP_TURNS);
      memory.clock.advance(99);
      await turns(1);
      expect(followed.outcome).to.equal(undefined);
      memory.clock.advance(1);
      const error = await rejectionOf(call, TimeoutError);
      expect(error.limitMs).to.equal(100);
      expect(error.scope).to.equal('call');
      expect(error.retryable).to.be.true;
      expect(client.stats.timeout).to.equal(1);
      expect(client.stats.waitReply).to.equal(0);
      expect(client.state).to.equal('connected');
    });
  });

  it('S-C5 what is left of the time is counted when the request is sent', async () => {
    const memory = memoryPair({ faults: () => ({ connectDelayMs: 1_000 }) });
    await withListening(memory, async (server, start) => {
      const left: (number | undefined)[] = [];
      server.handle(echo, (context, value) => {
        left.push(context.timeoutMs);
        return value;
      });
      const client = start();
      const calls = [3_000, 1_000.5, undefined].map((timeoutMs) =>
        client.with({ timeoutMs }).call(echo, 1),
      );
      await turns(1);
      memory.clock.advance(1_000);
      await Promise.all(calls);
      expect(left).to.deep.equal([2_000, 1, undefined]);
    });
  });

  it('S-C5, test_rpc_send_timeout_on_connect: a call’s time passes while its client connects for 5 seconds', async () => {
    const memory = memoryPair({ faults: () => ({ connectDelayMs: 5_000 }) });
    await withListening(memory, async (server, start) => {
      const heard = recording(server);
      const client = start();
      const late = follow(client.with({ timeoutMs: 2_000 }).call(echo, 1));
      const patient = client.call(echo, 2);
      await turns(1);
      memory.clock.advance(1_999);
      await turns(1);
      expect(late.outcome).to.equal(undefined);
      memory.clock.advance(1);
      await turns(1);
      expect(errorOf(late.outcome)).to.be.instanceOf(TimeoutError);
      memory.clock.advance(3_000);
      await patient;
      expect(heard, 'a call past its deadline is never sent').to.deep.equal([2]);
    });
  });

  it('S-C5, test_rpc_send_timeout: a call that can’t be sent in time fails in time and is never sent', async () => {
    await withFullConnection(async ({ clock, server, client, release }) => {
      const heard = recording(server);
      const call = client.with({ timeoutMs: 100 }).call(echo, 1);
      const followed = follow(call);
      expect(client.stats.pending).to.equal(1);
      clock.advance(99);
      await turns(1);
      expect(followed.outcome).to.equal(undefined);
      clock.advance(1);
      await rejectionOf(call, TimeoutError);
      expect(client.stats.pending).to.equal(0);
      release();
      await client.call(echo, 2);
      expect(heard).to.deep.equal([2]);
    });
  });

  it('S-C5 a server drops work whose deadline passed while it waited for a place', async () => {
    const memory = memoryPair();
    const options = { ...memory, server: { resources: { maxInFlight: 1 } } };
    await withServer(options, async ({ server, client }) => {
      const { finish } = blocking(server);
      const heard = recording(server);
      const first = client.call(wait, 1);
      const second = rejectionOf(client.with({ timeoutMs: 50 }).call(echo, 2), TimeoutError);
      await turns(ROUND_TRIP_TURNS);
      memory.clock.advance(50);
      await second;
      finish.resolve(1);
      await first;
      await client.call(echo, 3);
      expect(heard).to.deep.equal([3]);
    });
  });

  it('S-C5 a server drops work whose deadline passed while it waited for its turn in a group', async () => {
    const memory = memoryPair();
    await withServer(memory, async ({ server, client }) => {
      const group = new Group('one at a time', 1);
      const finish = new Deferred();
      const heard: number[] = [];
      const handler = async (_context: HandlerContext, value: number): Promise<number> => {
        heard.push(value);
        await finish.promise;
        return value;
      };
      server.handle(echo, handler, { group });
      const first = client.call(echo, 1);
      const second = rejectionOf(client.with({ timeoutMs: 50 }).call(echo, 2), TimeoutError);
      const third = client.call(echo, 3);
      await turns(ROUND_TRIP_TURNS);
      memory.clock.advance(50);
      await second;
      finish.resolve();
      await Promise.all([first, third]);
      expect(heard).to.deep.equal([1, 3]);
      expect(group.running).to.equal(0);
    });
  });

  it('S-C5 a server drops the reply of a call whose deadline has passed', async () => {
    const memory = memoryPair();
    const log = new CollectedLog();
    await withServer({ ...memory, client: { logger: log } }, async ({ server, client }) => {
      const { finish } = blocking(server);
      recording(server);
      const call = rejectionOf(client.with({ timeoutMs: 50 }).call(wait, 1), TimeoutError);
      await turns(ROUND_TRIP_TURNS);
      memory.clock.advance(50);
      await call;
      const sent = server.stats.sentMessages;
      finish.resolve(1);
      await client.call(echo, 2);
      expect(server.stats.sentMessages).to.equal(sent + 1);
      expect(log.lines).to.deep.equal([]);
    });
  });

  it('S-C7 a reply that comes too late is logged for debugging, a late failure as information', async () => {
    const memory = memoryPair();
    const log = new CollectedLog();
    const client = { logger: log, sendTimeout: false };
    await withServer({ ...memory, client }, async ({ server, client }) => {
      const { finish } = blocking(server);
      recording(server);
      const view = client.with({ timeoutMs: 50 });
      const calls = [view.call(wait, 1), view.call(wait, -1)];
      await turns(ROUND_TRIP_TURNS);
      memory.clock.advance(50);
      for (const call of calls) await rejectionOf(call, TimeoutError);
      finish.resolve(0);
      await client.call(echo, 2);
      expect(log.lines.map((line) => line.replace(/server \S+/, 'server ADDR'))).to.deep.equal([
        'debug server ADDR msg_id 1: a reply that nobody waits for any more',
        'info server ADDR msg_id -2: a reply that nobody waits for any more',
      ]);
      expect(client.stats.unknownReplies).to.equal(0);
      expect(client.state).to.equal('connected');
    });
  });

  for (const timeoutMs of [Number.MAX_SAFE_INTEGER, Number.MAX_VALUE, 2 ** 63, 2 ** 31]) {
    it(`test_max_relative_timeout, test_max_absolute_timeout: ${timeoutMs} ms do not overflow`, async () => {
      await withServer(async ({ server, client }) => {
        let seen: number | undefined;
        server.handle(wait, async (context, value) => {
          seen = context.timeoutMs;
          await turns(3);
          return context.signal.aborted ? -1 : value;
        });
        expect(await client.with({ timeoutMs }).call(wait, 7)).to.equal(7);
        expect(seen).to.be.within(2 ** 31 - 1_000, 9e12);
      });
    });
  }

  for (const timeoutMs of [Infinity, 0, undefined]) {
    it(`test_max_relative_timeout, test_max_absolute_timeout: ${timeoutMs} is no limit`, async () => {
      const memory = memoryPair();
      await withServer(memory, async ({ server, client }) => {
        const { finish } = blocking(server);
        const call = client.with({ timeoutMs }).call(wait, 7);
        await turns(ROUND_TRIP_TURNS);
        memory.clock.advance(Number.MAX_SAFE_INTEGER);
        finish.resolve(0);
        expect(await call).to.equal(7);
      });
    });
  }

  for (const timeoutMs of [-1, -Infinity]) {
    it(`S-C5 a timeout of ${timeoutMs} has passed: nothing is sent`, async () => {
      await withServer(memoryPair(), async ({ server, client }) => {
        const heard = recording(server);
        await rejectionOf(client.with({ timeoutMs }).call(echo, 1), TimeoutError);
        await client.call(echo, 2);
        expect(heard).to.deep.equal([2]);
        expect(client.stats.timeout).to.equal(1);
      });
    });
  }
});

describe('calls: canceling', () => {
  it('S-C6, test_rpc_cancel: canceled before it is sent, a call never reaches the server', async () => {
    await withFullConnection(async ({ server, client, release }) => {
      const heard = recording(server);
      const abort = new AbortController();
      const call = client.with({ signal: abort.signal }).call(echo, 1);
      abort.abort('changed my mind');
      const error = await rejectionOf(call, CanceledError);
      expect(error.cause).to.equal('changed my mind');
      expect(client.stats.pending).to.equal(0);
      release();
      await client.call(echo, 2);
      expect(heard).to.deep.equal([2]);
    });
  });

  it('S-C6, test_rpc_cancel: canceled while it waits, a call to a peer without our extension settles at once and its handler runs on', async () => {
    const memory = memoryPair();
    const log = new CollectedLog();
    const options = { ...memory, client: { logger: log, extension: false } };
    await withServer(options, async ({ server, client }) => {
      const { finish, ended } = blocking(server);
      const abort = new AbortController();
      const call = client.with({ signal: abort.signal }).call(wait, 1);
      await turns(ROUND_TRIP_TURNS);
      abort.abort();
      await rejectionOf(call, CanceledError);
      expect(ended).to.deep.equal([]);
      finish.resolve(0);
      await log.line(/^debug .* msg_id 1: a reply that nobody waits for/);
      expect(ended).to.deep.equal([1]);
      expect(client.state).to.equal('connected');
    });
  });

  it('S-C6 a signal that has fired already sends nothing', async () => {
    await withServer(memoryPair(), async ({ server, client }) => {
      const heard = recording(server);
      const signal = AbortSignal.abort('before');
      const error = await rejectionOf(client.with({ signal }).call(echo, 1), CanceledError);
      expect(error.cause).to.equal('before');
      await rejectionOf(client.with({ signal }).call(note, 1), CanceledError);
      await client.call(echo, 2);
      expect(heard).to.deep.equal([2]);
    });
  });

  it('S-C6 a call that has ended no longer listens to its signal', async () => {
    await withServer(memoryPair(), async ({ server, client }) => {
      recording(server);
      const abort = new AbortController();
      let listeners = 0;
      const { signal } = abort;
      const add = signal.addEventListener.bind(signal);
      const remove = signal.removeEventListener.bind(signal);
      signal.addEventListener = (...args: Parameters<typeof add>) => {
        listeners++;
        add(...args);
      };
      signal.removeEventListener = (...args: Parameters<typeof remove>) => {
        listeners--;
        remove(...args);
      };
      await client.with({ signal }).call(echo, 1);
      await client.with({ signal }).call(note, 1);
      await rejectionOf(client.with({ signal }).call(verb<() => void>(9)));
      const canceled = rejectionOf(client.with({ signal }).call(echo, 1), CanceledError);
      abort.abort();
      await canceled;
      expect(listeners).to.equal(0);
    });
  });
});

describe('calls: each form of bounds', () => {
  const forms = ['none', 'timeout', 'signal', 'both'] as const;

  for (const form of forms) {
    it(`A2-calls, test_timeout_cancel: with ${form}, a call that is answered has its reply`, async () => {
      await withForm(form, async ({ call, finish }) => {
        finish(0);
        expect(await call).to.equal(1);
      });
    });
  }

  for (const form of ['timeout', 'both'] as const) {
    it(`A2-calls, test_timeout_cancel: with ${form}, a call that takes too long times out`, async () => {
      await withForm(form, async ({ call, advance }) => {
        advance(100);
        await rejectionOf(call, TimeoutError);
      });
    });
  }

  for (const form of ['signal', 'both'] as const) {
    it(`A2-calls, test_timeout_cancel: with ${form}, a call can be canceled`, async () => {
      await withForm(form, async ({ call, abort, advance }) => {
        advance(99);
        abort.abort();
        await rejectionOf(call, CanceledError);
      });
    });
  }
});

describe('calls: racing ends', () => {
  /** What may happen to a call; each alone would settle it. */
  const ends = ['reply', 'timeout', 'cancel', 'close'] as const;
  type End = (typeof ends)[number];

  for (const first of ends) {
    for (const second of ends.filter((end) => end !== first)) {
      it(`F29 ${first} before ${second}, within one turn: exactly one outcome`, async () => {
        const memory = memoryPair();
        await withServer(memory, async ({ server, client }) => {
          const { finish } = blocking(server);
          const abort = new AbortController();
          const outcomes: string[] = [];
          const call = client.with({ timeoutMs: 100, signal: abort.signal }).call(wait, 1);
          call.then(
            () => outcomes.push('reply'),
            (error: Error) => outcomes.push(error.name),
          );
          await turns(ROUND_TRIP_TURNS);
          const happen: Record<End, () => unknown> = {
            reply: () => finish.resolve(0),
            timeout: () => memory.clock.advance(100),
            cancel: () => abort.abort(),
            close: () => client.close(),
          };
          happen[first]();
          happen[second]();
          await turns(ROUND_TRIP_TURNS);
          expect(outcomes).to.have.length(1);
          const names = { timeout: 'TimeoutError', cancel: 'CanceledError', close: 'ClosedError' };
          // A reply has to travel, and closing gives way to what happens in the same turn.
          const isFirstSlow = first === 'reply' || first === 'close';
          const allowed = isFirstSlow ? [nameOf(first), nameOf(second)] : [nameOf(first)];
          expect(allowed).to.include(outcomes[0]);
          expect(client.stats.waitReply).to.equal(0);
          expect(client.stats.timeout + client.stats.replied).to.be.at.most(1);

          function nameOf(end: End): string {
            return end === 'reply' ? 'reply' : names[end];
          }
        });
      });
    }
  }

  it('F29 a reply that arrives at the very deadline makes one outcome, and the next call works', async () => {
    const memory = memoryPair({ latencyMs: 10 });
    await withListening(memory, async (server, start) => {
      recording(server);
      const client = start();
      for (let step = 0; step < 4; step++) {
        await turns(ROUND_TRIP_TURNS);
        memory.clock.advance(10);
      }
      await client.whenReady();
      const outcomes: unknown[] = [];
      const call = client.with({ timeoutMs: 20 }).call(echo, 1);
      call.then(
        () => outcomes.push('reply'),
        (error: unknown) => outcomes.push(error),
      );
      for (let step = 0; step < 2; step++) {
        await turns(ROUND_TRIP_TURNS);
        memory.clock.advance(10);
      }
      await turns(ROUND_TRIP_TURNS);
      expect(outcomes).to.have.length(1);
      const next = client.call(echo, 2);
      for (let step = 0; step < 2; step++) {
        await turns(ROUND_TRIP_TURNS);
        memory.clock.advance(10);
      }
      expect(await next).to.equal(2);
    });
  });

  it('F29 closing and aborting within a call’s own callbacks harms nobody', async () => {
    await withServer(async ({ server, client, connect }) => {
      server.handle(echo, (_context, value) => value);
      server.handle(wait, (context) => {
        server.abortConnection(context.connectionId);
        throw new Error('nobody hears this');
      });
      const other = await connect();
      await rejectionOf(
        other.call(wait, 1).catch(async (error: unknown) => {
          await other.abort();
          await other.close();
          throw error;
        }),
        ClosedError,
      );
      const abort = new AbortController();
      abort.signal.addEventListener('abort', () => void client.abort('from the listener'));
      await server.unhandle(wait);
      server.handle(wait, () => new Promise(() => {}));
      const call = client.with({ signal: abort.signal }).call(wait, 1);
      abort.abort();
      const error = await rejectionOf(call);
      expect(error).to.be.instanceOf(ClosedError);
    });
  });

  it('F29 a handler that fails after its deadline is not heard of again', async () => {
    const memory = memoryPair();
    await withServer(memory, async ({ server, client }) => {
      const { finish } = blocking(server);
      recording(server);
      const call = rejectionOf(client.with({ timeoutMs: 10 }).call(wait, -1), TimeoutError);
      await turns(ROUND_TRIP_TURNS);
      memory.clock.advance(10);
      await call;
      finish.resolve(0);
      await client.call(echo, 1);
      expect(client.stats.exceptionReceived).to.equal(0);
    });
  });

  it('F29 closing while a call without reply is being written loses nothing of it', async () => {
    const memory = memoryPair({ bufferBytes: 1_024 });
    const blob = verb<(bytes: Uint8Array) => void>(5, { noWait: true });
    await withServer(memory, async ({ server, client }) => {
      const heard = new Deferred<number>();
      server.handle(blob, (_context, bytes) => heard.resolve(bytes.length));
      const call = follow(client.call(blob, Buffer.alloc(1_000_000)));
      await turns(2);
      expect(call.outcome, 'still being written').to.equal(undefined);
      await Promise.all([client.close(), client.close()]);
      await turns(1);
      expect(call.outcome).to.deep.equal({ value: undefined });
      expect(await heard.promise).to.equal(1_000_000);
    });
  });

  it('F29 a call made in a reply’s callback goes out as any other', async () => {
    await withServer(async ({ server, client }) => {
      recording(server);
      const sum = await client
        .call(echo, 1)
        .then(async (one) => one + (await client.call(echo, 2)))
        .then(async (three) => three + (await client.call(echo, 3)));
      expect(sum).to.equal(6);
      await rejectionOf(
        client.call(verb<() => void>(9)).catch(async () => {
          await client.call(echo, 4);
          throw new Error('went on');
        }),
        Error,
      );
    });
  });
});

/** Serves `wait`: all calls end together, those of a negative value with an error. */
function blocking(server: Server): { finish: Deferred<number>; ended: number[] } {
  const finish = new Deferred<number>();
  const ended: number[] = [];
  server.handle(wait, async (_context, value) => {
    await finish.promise;
    ended.push(value);
    if (value < 0) throw new Error('negative');
    return value;
  });
  return { finish, ended };
}

/** Serves `echo` and `note`, and keeps what it was called with. */
function recording(server: Server): number[] {
  const heard: number[] = [];
  server.handle(echo, (_context, value) => {
    heard.push(value);
    return value;
  });
  server.handle(note, (_context, value) => void heard.push(value));
  return heard;
}

function errorOf(outcome: Outcome | undefined): unknown {
  return outcome !== undefined && 'error' in outcome ? outcome.error : undefined;
}

interface FullConnection {
  readonly clock: ReturnType<typeof memoryPair>['clock'];
  readonly server: Server;
  readonly client: Client;
  /** Lets the server read on. */
  release(): void;
}

/** A client that has more on its way than may wait, to a server that does not read. */
async function withFullConnection(run: (full: FullConnection) => Promise<void>): Promise<void> {
  const memory = memoryPair({ bufferBytes: 1_024 });
  const options = {
    ...memory,
    server: { resources: { maxInFlight: 1, memoryWaitMs: Infinity } },
    client: { limits: { mainBudgetBytes: 1_000 } },
  };
  await withServer(options, async ({ server, client }) => {
    const finish = new Deferred();
    server.handle(bulk, () => finish.promise);
    const calls = [
      client.call(bulk, Buffer.alloc(10)),
      client.call(bulk, Buffer.alloc(10)),
      client.call(bulk, Buffer.alloc(10_000)),
    ];
    await turns(ROUND_TRIP_TURNS);
    await run({ clock: memory.clock, server, client, release: () => finish.resolve() });
    await Promise.all(calls);
  });
}

interface CallInForm {
  readonly call: Promise<number>;
  readonly abort: AbortController;
  finish(value: number): void;
  advance(ms: number): void;
}

/** A call whose handler is running, made with a timeout of 100 ms, a signal, both, or neither. */
async function withForm(
  form: 'none' | 'timeout' | 'signal' | 'both',
  run: (call: CallInForm) => Promise<void>,
): Promise<void> {
  const memory = memoryPair();
  await withServer(memory, async ({ server, client }) => {
    const { finish } = blocking(server);
    const abort = new AbortController();
    const call = client
      .with({
        timeoutMs: form === 'timeout' || form === 'both' ? 100 : undefined,
        signal: form === 'signal' || form === 'both' ? abort.signal : undefined,
      })
      .call(wait, 1);
    await turns(ROUND_TRIP_TURNS);
    await run({
      call,
      abort,
      finish: (value) => finish.resolve(value),
      advance: (ms) => memory.clock.advance(ms),
    });
  });
}
