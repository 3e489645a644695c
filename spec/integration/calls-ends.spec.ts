import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import {
  type Client,
  ClosedError,
  connect,
  createClient,
  isRpcError,
  RefusedError,
  type Server,
  TimeoutError,
  verb,
} from '../../lib/index.ts';
import type { MemoryFault, MemoryFaults } from '../../lib/transport/memory/faults.ts';
import { RawServer } from '../support/raw-server.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { turns } from '../support/turns.ts';
import {
  type MemoryPair,
  memoryPair,
  withClient,
  withListening,
  withServer,
} from '../support/with-server.ts';

const echo = verb<(value: number) => number>(1);
const wait = verb<() => string>(2);
const note = verb<(value: number) => void>(3, { noWait: true });

/** Turns after which nothing moves any more in memory, while the clock stands still. */
const SETTLE_TURNS = 40;

describe('calls: stopping', () => {
  it('S-C9 closing the client settles every pending call, and every later one', async () => {
    await withServer(async ({ server, client }) => {
      const started = blocking(server);
      const pending = [client.call(wait), client.call(wait)].map((call) =>
        rejectionOf(call, ClosedError),
      );
      await started;
      await client.close();
      for (const error of await Promise.all(pending)) expect(error.initiator).to.equal('local');
      await rejectionOf(client.call(wait), ClosedError);
      await rejectionOf(
        client.whenReady().then(() => client.call(note, 1)),
        ClosedError,
      );
      expect(client.state).to.equal('closed');
      expect(client.stats.waitReply).to.equal(0);
    });
  });

  it('S-C9 aborting the client names the reason as the cause', async () => {
    await withServer(async ({ server, client }) => {
      const started = blocking(server);
      const pending = rejectionOf(client.call(wait), ClosedError);
      await started;
      const reason = new Error('going away');
      await client.abort(reason);
      expect((await pending).cause).to.equal(reason);
    });
  });

  it('S-C9 aborting the client settles the call whose arguments do it while they are encoded', async () => {
    await withServer(async ({ client }) => {
      const abort = verb<(value: { now: boolean }) => void>(9);
      let aborting: Promise<void> | undefined;
      const value = {
        get now(): boolean {
          aborting = client.abort();
          return true;
        },
      };
      await rejectionOf(client.call(abort, value), ClosedError);
      await aborting;
    });
  });

  it('S-C9 closing the server waits for what runs, answers it, and refuses what is new', async () => {
    await withServer(async ({ server, client }) => {
      const started = new Deferred();
      const finish = new Deferred<string>();
      server.handle(wait, () => {
        started.resolve();
        return finish.promise;
      });
      const running = client.call(wait);
      await started.promise;
      const closing = follow(server.close());
      const refused = await rejectionOf(client.call(wait), RefusedError);
      expect(refused.message).to.equal('the server is closing');
      expect(closing.outcome).to.equal(undefined);
      finish.resolve('done');
      expect(await running).to.equal('done');
      await server.close();
      await rejectionOf(client.call(wait), ClosedError);
    });
  });

  it('S-C9 a server that closes gives up what runs after graceMs', async () => {
    const memory = memoryPair();
    await withServer(memory, async ({ server, client }) => {
      const started = blocking(server);
      const pending = follow(client.call(wait));
      await started;
      const closing = server.close({ graceMs: 500 });
      await turns(SETTLE_TURNS);
      memory.clock.advance(499);
      await turns(SETTLE_TURNS);
      expect(pending.outcome).to.equal(undefined);
      memory.clock.advance(1);
      await closing;
      expect(pending.outcome).to.have.property('error').that.is.instanceOf(ClosedError);
    });
  });

  it('S-C9 aborting the server settles every call of every client', async () => {
    await withServer(async ({ server, client, connect }) => {
      const other = await connect();
      const started = blocking(server, 2);
      const pending = [client, other].map((each) => rejectionOf(each.call(wait), ClosedError));
      await started;
      await server.abort();
      await Promise.all(pending);
      await client.abort();
      await other.abort();
    });
  });

  it('S-C9, test_rpc_abort_connection: a handler aborts its connection; what follows never arrives', async () => {
    await withServer(async ({ server, client, connect }) => {
      const heard: number[] = [];
      server.handle(echo, (context, value) => {
        heard.push(value);
        if (value === 2) server.abortConnection(context.connectionId);
        return value;
      });
      expect(await client.call(echo, 1)).to.equal(1);
      const calls = [2, 3].map((value) => rejectionOf(client.call(echo, value), ClosedError));
      await Promise.all(calls);
      expect(heard).to.deep.equal([1, 2]);
      const other = await connect();
      expect(await other.call(echo, 4)).to.equal(4);
    });
  });

  it('S-C9 aborting an unknown connection does nothing', async () => {
    await withServer(async ({ server, client }) => {
      server.handle(echo, (_context, value) => value);
      server.abortConnection(0x123n);
      expect(await client.call(echo, 1)).to.equal(1);
    });
  });

  /** Ways to end a client, in any order and any number. */
  const clientEnds: [name: string, end: (client: Client) => Promise<void>][] = [
    ['close', (client) => client.close()],
    ['close', (client) => client.close()],
    ['abort', (client) => client.abort()],
    ['disposal', (client) => client[Symbol.asyncDispose]()],
  ];
  for (const [index, [first, endFirst]] of clientEnds.entries()) {
    for (const [second, endSecond] of clientEnds.filter((_end, other) => other !== index)) {
      it(`S-C9, F29: ${first} and ${second} of a client at once both resolve`, async () => {
        await withServer(async ({ server, client }) => {
          const started = blocking(server);
          const pending = rejectionOf(client.call(wait), ClosedError);
          await started;
          await Promise.all([endFirst(client), endSecond(client)]);
          await pending;
          await endFirst(client);
        });
      });
    }
  }

  for (const grace of ['within', 'after']) {
    it(`S-C9, F29: aborting a server ${grace} the wait of its close settles both`, async () => {
      const memory = memoryPair();
      await withServer(memory, async ({ server, client }) => {
        const started = blocking(server);
        const pending = rejectionOf(client.call(wait), ClosedError);
        await started;
        const closing = server.close({ graceMs: 100 });
        await turns(SETTLE_TURNS);
        if (grace === 'after') memory.clock.advance(100);
        await Promise.all([server.abort(), server.abort(), closing]);
        await pending;
      });
    });
  }

  it('S-C9 a client that is closed while it negotiates leaves nothing open', async () => {
    const memory = memoryPair();
    const listener = await memory.both.network.listen(
      { host: '127.0.0.1', port: 1, noDelay: true, keepAliveDelayMs: 0 },
      { onSocket: () => {}, onError: () => {} },
    );
    const client = createClient({ host: '127.0.0.1', port: 1, ...memory.both, reconnect: false });
    const call = rejectionOf(client.call(wait), ClosedError);
    await turns(SETTLE_TURNS);
    await client.close();
    await call;
    expect(memory.clock.pendingTimers).to.equal(0);
    await listener.close();
  });
});

describe('calls: connecting', () => {
  it('test_rpc_connect_abort: a connect that fails settles the calls before and after', async () => {
    const error = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const memory = memoryPair({ faults: () => ({ connectError: error }) });
    await withListening(memory, async (_server, start) => {
      const client = start();
      const before = [client.call(echo, 1), client.call(note, 1)];
      for (const call of before) {
        expect((await rejectionOf(call, ClosedError)).cause).to.equal(error);
      }
      expect((await rejectionOf(client.call(echo, 2), ClosedError)).cause).to.equal(error);
      expect((await rejectionOf(client.whenReady(), ClosedError)).cause).to.equal(error);
      expect(client.state).to.equal('closed');
    });
  });

  it('test_rpc_connect_abort: aborting a connect that hangs settles its calls', async () => {
    const memory = memoryPair({ faults: () => ({ connectDelayMs: 60_000 }) });
    await withListening(memory, async (_server, start) => {
      const client = start();
      expect(client.state).to.equal('connecting');
      const call = rejectionOf(client.call(echo, 1), ClosedError);
      await client.abort('enough');
      expect((await call).cause).to.equal('enough');
      expect(memory.clock.pendingTimers).to.equal(0);
    });
  });

  it('test_rpc_connect_abort: nobody at the port', async () => {
    const free = await RawServer.start();
    const { port } = free;
    await free[Symbol.asyncDispose]();
    const error = await rejectionOf(connect({ host: '127.0.0.1', port }), ClosedError);
    expect(error.cause).to.have.property('code', 'ECONNREFUSED');
    expect(error.initiator).to.equal('transport');
    expect(error.retryable).to.be.true;
  });

  it('connect gives up after connectTimeoutMs, and leaves nothing open', async () => {
    const memory = memoryPair({ faults: () => ({ connectDelayMs: 60_000 }) });
    const options = { host: '127.0.0.1', port: 1, connectTimeoutMs: 100, ...memory.both };
    const connecting = rejectionOf(connect(options), TimeoutError);
    memory.clock.advance(100);
    expect((await connecting).limitMs).to.equal(100);
    expect(memory.clock.pendingTimers).to.equal(0);
  });

  it('connect gives up when its signal fires, before or while it connects', async () => {
    const memory = memoryPair({ faults: () => ({ connectDelayMs: 60_000 }) });
    const abort = new AbortController();
    const options = { host: '127.0.0.1', port: 1, signal: abort.signal, ...memory.both };
    const connecting = rejectionOf(connect(options));
    abort.abort('enough');
    expect(await connecting).to.include({ code: 'ERR_CANCELED', cause: 'enough' });
    expect(await rejectionOf(connect(options))).to.include({ code: 'ERR_CANCELED' });
    expect(memory.clock.pendingTimers).to.equal(0);
  });

  it('calls that are made before the connection stands go out in their order', async () => {
    const memory = memoryPair({ faults: () => ({ connectDelayMs: 10 }) });
    await withListening(memory, async (server, start) => {
      const heard: number[] = [];
      server.handle(echo, (_context, value) => {
        heard.push(value);
        return value;
      });
      server.handle(note, (_context, value) => void heard.push(value));
      const client = start();
      const calls = [
        client.call(echo, 1),
        client.call(note, 2),
        client.call(echo, 3),
        client.call(echo, 4),
      ];
      await turns(1);
      memory.clock.advance(10);
      await Promise.all(calls);
      expect(heard).to.deep.equal([1, 2, 3, 4]);
    });
  });

  it('a server that is gone before it negotiates fails the connect with its reason', async () => {
    await using server = await RawServer.start();
    await withClient({ port: server.port }, async (client) => {
      const call = rejectionOf(client.call(echo, 1), ClosedError);
      const peer = await server.accept();
      peer.end();
      expect((await call).message).to.contain('unexpected eof');
    });
  });
});

describe('calls: glitches', () => {
  const sides = [
    ['client', 'toListener', 'test_rpc_client_send_glitch'],
    ['server', 'toDialer', 'test_rpc_server_send_glitch'],
  ] as const;
  for (const [side, direction, name] of sides) {
    for (const kind of ['error', 'abort'] as const) {
      it(`S-C10, ${name}: one ${kind} at any write of the ${side} settles every call`, async () => {
        await forEveryWrite(async (afterWrites) => ({ [direction]: { afterWrites, kind } }));
      });

      it(`S-C10, ${name}: one ${kind} at any byte from the ${side} settles every call`, async () => {
        await forEveryByte(
          async (afterBytes) => ({ [direction]: { afterBytes, kind } }),
          direction,
        );
      });
    }
  }

  it('S-C10 calls that are made after the glitch fail with its cause', async () => {
    const error = new Error('glitch');
    const fault: MemoryFault = { afterWrites: 1, error };
    const memory = memoryPair({ faults: () => ({ toListener: fault }) });
    await withServer(memory, async ({ server, client }) => {
      server.handle(echo, (_context, value) => value);
      const first = await rejectionOf(client.call(echo, 1), ClosedError);
      const second = await rejectionOf(client.call(echo, 2), ClosedError);
      expect(first.cause).to.equal(error);
      expect(second.cause).to.equal(error);
      expect(first.initiator).to.equal('transport');
    });
  });
});

/** Moves the fault from write to write until it no longer strikes. */
async function forEveryWrite(faultsAt: (position: number) => Promise<MemoryFaults>): Promise<void> {
  for (let position = 0; ; position++) {
    const faults = await faultsAt(position);
    if ((await failuresWith(memoryPair({ faults: () => faults }))) === 0) {
      expect(position, 'some writes were struck').to.be.above(2);
      return;
    }
  }
}

/** Moves the fault through all that one direction sends. */
async function forEveryByte(
  faultsAt: (position: number) => Promise<MemoryFaults>,
  direction: 'toListener' | 'toDialer',
): Promise<void> {
  for (let position = 0; ; position++) {
    const faults = await faultsAt(position);
    const failures = await failuresWith(memoryPair({ faults: () => faults }));
    // At the end of all that is sent the fault strikes behind the last reply, so that nothing fails.
    if (failures === 0) {
      expect(position, 'some bytes were struck').to.be.above(direction === 'toListener' ? 100 : 60);
      return;
    }
  }
}

/** Makes some calls, each of which must settle while time stands still; how many failed. */
async function failuresWith(memory: MemoryPair): Promise<number> {
  let failures = 0;
  await withListening(memory, async (server, start) => {
    server.handle(echo, (_context, value) => value);
    server.handle(note, () => {});
    const client = start();
    for (let round = 0; round < 3; round++) {
      const calls = [
        follow(client.call(echo, 1)),
        follow(client.call(note, 2)),
        follow(client.with({ timeoutMs: 1_000 }).call(echo, 3)),
      ];
      await turns(SETTLE_TURNS);
      for (const [index, { outcome }] of calls.entries()) {
        expect(outcome, `call ${index} of round ${round} is settled`).not.to.equal(undefined);
        if (outcome === undefined || !('error' in outcome)) continue;
        expect(isRpcError(outcome.error), String(outcome.error)).to.be.true;
        failures++;
      }
    }
    expect(client.stats.pending + client.stats.waitReply).to.equal(0);
    await client.abort();
    await turns(SETTLE_TURNS);
    expect(server.stats.connections, 'no connection is left').to.equal(0);
  });
  return failures;
}

/** Serves `wait` with a handler that never ends; resolves when so many of them run. */
function blocking(server: Server, count: number = 1): Promise<void> {
  const started = new Deferred();
  let running = 0;
  server.handle(wait, () => {
    if (++running === count) started.resolve();
    return new Promise(() => {});
  });
  return started.promise;
}
