import { expect } from 'chai';

import { ClosedError, type Server, TimeoutError, verb } from '../../lib/index.ts';
import { packed, raw } from '../../lib/layout.ts';
import { MAIN_MESSAGE_VERB } from '../../lib/call/common/main-messages.ts';
import { encodeExtension } from '../../lib/connection/handshake/extension.ts';
import { ManualClock } from '../../lib/simulation/manual-clock.ts';
import { encodeMainMessage } from '../../lib/wire/main-message.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { FaultProxy, type ProxiedConnection } from '../support/fault-proxy.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { withPeers } from '../support/scripted-peer.ts';
import { ECHO } from '../support/session.ts';
import { Streams } from '../support/streams.ts';
import { turns, until } from '../support/turns.ts';
import { WatchedTransport } from '../support/watched-transport.ts';
import { memoryPair, type Pair, withListening, withServer } from '../support/with-server.ts';

const INTERVAL_MS = 10_000;
const TIMEOUT_MS = 25_000;
const MINUTE_MS = 60_000;
/** A call under way for as long as a test likes. */
const WAIT = verb<() => string>(40);
const GET = verb(41, { args: packed(), result: raw });
const ROOMY = { maxReplyBytes: 64_000_000 };
const SILENT = { ...ROOMY, pingIntervalMs: 0 };
/** More than the kernels on the way hold, several times over. */
const HUGE_BYTES = 60_000_000;
/** So much that the kernel of whoever sends has room again when it is read. */
const STEP_BYTES = 6_000_000;

/** Time passes for whoever has that clock, step by step, with turns of the loop for the sockets. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    clock.advance(Math.min(1_000, ms - passed));
    await turns(5);
  }
}

interface Bench {
  readonly server: Server;
  readonly start: Pair['start'];
  readonly proxy: FaultProxy;
  /** Of the side whose time passes; the other side never pings. */
  readonly clock: ManualClock;
}

/** A server behind a proxy, where one side has a clock that the test moves. */
async function withTimeAt(
  side: 'client' | 'server',
  run: (bench: Bench) => Promise<void>,
): Promise<void> {
  const clock = new ManualClock();
  const timed = { clock, limits: ROOMY };
  const options =
    side === 'client'
      ? { client: timed, server: { limits: SILENT } }
      : { client: { limits: SILENT }, server: timed };
  await withListening(options, async (server, start) => {
    await using proxy = await FaultProxy.start(server.address.port);
    await run({ server, start: (more) => start({ port: proxy.port, ...more }), proxy, clock });
  });
}

/** Lets some more of what the server sends pass. */
async function carrySome(connection: ProxiedConnection): Promise<void> {
  const before = connection.bytesFromServer;
  connection.resume();
  await until(() => connection.bytesFromServer > before + STEP_BYTES);
  connection.stall();
  await turns(20);
}

describe('liveness', () => {
  describe('of a peer that is silently gone', () => {
    it('B2-30 a client notices by default, and its calls and streams fail with the reason', async () => {
      await withTimeAt('client', async ({ server, start, proxy, clock }) => {
        server.handle(WAIT, () => new Promise(() => {}));
        const client = start();
        const { sink } = await new Streams(server, client).oneWay();
        const call = rejectionOf(client.call(WAIT), ClosedError);
        (await proxy.connection(0)).stall();
        await pass(clock, TIMEOUT_MS - 1);
        expect(client.state).to.equal('connected');
        await pass(clock, 1);
        const { cause, retryable } = await call;
        expect(retryable).to.equal(true);
        expect(cause).to.be.instanceOf(TimeoutError).and.include({ limitMs: TIMEOUT_MS });
        expect((cause as Error).message).to.contain('limits.pingTimeoutMs');
        expect((await rejectionOf(sink.ended)).cause).to.have.property('cause', cause);
      });
    });

    it('B2-30 a server notices by default, and its handlers learn the reason', async () => {
      await withTimeAt('server', async ({ server, start, proxy, clock }) => {
        let signal: AbortSignal | undefined;
        server.handle(WAIT, (context) => {
          ({ signal } = context);
          return new Promise(() => {});
        });
        const call = follow(start().call(WAIT));
        await until(() => signal !== undefined);
        const connection = await proxy.connection(0);
        connection.stall();
        await pass(clock, TIMEOUT_MS - 1);
        expect(server.stats.connections).to.equal(1);
        await pass(clock, 1);
        expect(server.stats.connections).to.equal(0);
        expect(signal).to.have.nested.property('reason.cause').that.be.instanceOf(TimeoutError);
        connection.resume();
        await until(() => call.outcome !== undefined);
        expect(call.outcome).to.have.nested.property('error.code', 'ERR_CLOSED');
      });
    });

    for (const side of ['client', 'server'] as const) {
      it(`B2-6 the ${side} notices also while the server is going away`, async () => {
        await withTimeAt(side, async ({ server, start, proxy, clock }) => {
          server.handle(WAIT, () => new Promise(() => {}));
          const client = start();
          const { up, down } = await new Streams(server, client).twoWay();
          const call = follow(client.call(WAIT));
          await turns(20);
          const closing = follow(server.close({ graceMs: Infinity }));
          await until(() => client.state === 'closing');
          for (let count = 0; count < 10; count++) await pass(clock, MINUTE_MS);
          expect(call.outcome, 'the last call and streams are still there').to.equal(undefined);
          for (const connection of proxy.connections) connection.stall();
          await pass(clock, INTERVAL_MS + TIMEOUT_MS);
          const ends = side === 'client' ? [up.sink.ended] : [down.sink.ended];
          await Promise.all(ends.map((end) => rejectionOf(end)));
          if (side === 'client') expect(client.state).to.equal('closed');
          else expect(server.stats.connections).to.equal(0);
          await Promise.all([client.abort(), server.abort()]);
          await until(() => closing.outcome !== undefined);
        });
      });
    }
  });

  describe('of a peer that lives', () => {
    for (const side of ['client', 'server'] as const) {
      it(`B2-5, B2-6 is proved to an idle ${side} for as long as it likes`, async () => {
        await withTimeAt(side, async ({ server, start, clock }) => {
          server.handle(ECHO, (_context, text) => text);
          const client = start();
          await client.whenReady();
          for (let count = 0; count < 10; count++) await pass(clock, MINUTE_MS);
          expect(await client.call(ECHO, 'still here')).to.equal('still here');
        });
      });

      it(`F22 is not doubted by a ${side} whose own loop was blocked`, async () => {
        await withTimeAt(side, async ({ server, start, clock }) => {
          server.handle(ECHO, (_context, text) => text);
          const client = start();
          await client.whenReady();
          for (const blockedMs of [5_000, INTERVAL_MS, TIMEOUT_MS, MINUTE_MS, 1_000]) {
            for (let count = 0; count < 10; count++) {
              clock.advance(blockedMs);
              await turns(20);
            }
          }
          expect(await client.call(ECHO, 'still here')).to.equal('still here');
        });
      });
    }

    it('F14 whose writer is silent for an hour keeps its stream, and is left only by a reader with a limit', async () => {
      const memory = memoryPair();
      await withServer(memory, async ({ server, client }) => {
        const { up } = await new Streams(server, client).twoWay<[number]>();
        const patient = follow(up.source.read());
        const impatient = up.source.read({ timeoutMs: 30 * MINUTE_MS });
        const gaveUp = rejectionOf(impatient, TimeoutError);
        await pass(memory.clock, 30 * MINUTE_MS - 1_000);
        expect(patient.outcome).to.equal(undefined);
        await pass(memory.clock, 30 * MINUTE_MS + 1_000);
        expect(await gaveUp).to.include({ limitMs: 30 * MINUTE_MS });
        await up.sink.send(7);
        await until(() => patient.outcome !== undefined);
        expect(patient.outcome).to.deep.equal({ value: [7] });
      });
    });

    it('F22 is not doubted because its loop was blocked for a while', async () => {
      await withTimeAt('client', async ({ server, start, proxy, clock }) => {
        server.handle(ECHO, (_context, text) => text);
        const client = start();
        await client.whenReady();
        const connection = await proxy.connection(0);
        for (let count = 0; count < 10; count++) {
          connection.stall();
          await pass(clock, INTERVAL_MS + 5_000);
          connection.resume();
          await pass(clock, 5_000);
        }
        expect(await client.call(ECHO, 'still here')).to.equal('still here');
      });
    });

    it('F4 is proved by a large reply that goes out slowly, and not by one that stands still', async () => {
      await withTimeAt('server', async ({ server, start, proxy, clock }) => {
        server.handle(GET, () => new Uint8Array(HUGE_BYTES));
        const client = start();
        await client.whenReady();
        const connection = await proxy.connection(0);
        const call = rejectionOf(client.call(GET), ClosedError);
        for (let count = 0; count < 5; count++) {
          await carrySome(connection);
          await pass(clock, INTERVAL_MS + 5_000);
        }
        expect(server.stats.connections).to.equal(1);
        await pass(clock, INTERVAL_MS + TIMEOUT_MS);
        expect(server.stats.connections).to.equal(0);
        connection.resume();
        await call;
      });
    });

    it('is said by a server that reads nothing for a while, as it has no place for more requests', async () => {
      const clock = new ManualClock();
      const options = {
        both: { clock },
        server: { resources: { maxInFlight: 1, memoryWaitMs: Infinity } },
      };
      await withServer(options, async ({ server, client }) => {
        const finish: (() => void)[] = [];
        server.handle(WAIT, () => new Promise((resolve) => void finish.push(() => resolve('ok'))));
        const calls = [client.call(WAIT), client.call(WAIT)];
        await until(() => finish.length === 1);
        for (let count = 0; count < 30; count++) await pass(clock, MINUTE_MS);
        finish[0]?.();
        await until(() => finish.length === 2);
        finish[1]?.();
        expect(await Promise.all(calls)).to.deep.equal(['ok', 'ok']);
      });
    });
  });

  describe('options', () => {
    it('B2-7 pingIntervalMs of 0 sends nothing, at either end', async () => {
      const clock = new ManualClock();
      const network = new WatchedTransport();
      await withServer({ both: { clock, network, limits: SILENT } }, async ({ client }) => {
        const written = (): number[] => network.sockets.map((socket) => socket.writtenBytes);
        const before = written();
        await pass(clock, 10 * MINUTE_MS);
        expect(written()).to.deep.equal(before);
        expect(client.state).to.equal('connected');
      });
    });

    it('a peer without our extension is never pinged', async () => {
      for (const silent of ['client', 'server'] as const) {
        const clock = new ManualClock();
        const network = new WatchedTransport();
        const options = { both: { clock, network }, [silent]: { extension: false } };
        await withServer(options, async ({ client }) => {
          const written = (): number[] => network.sockets.map((socket) => socket.writtenBytes);
          const before = written();
          await pass(clock, 10 * MINUTE_MS);
          expect(written()).to.deep.equal(before);
          expect(client.state).to.equal('connected');
        });
      }
    });
  });

  it('asks nothing of a client of an earlier version, and tells it nothing', async () => {
    const clock = new ManualClock();
    await withServer({ server: { clock }, client: { limits: SILENT } }, async ({ server }) => {
      await withPeers(server.address.port, async (join) => {
        const { peer } = await join({ extension: encodeExtension({ version: 1 }) });
        await pass(clock, 10 * MINUTE_MS);
        const closing = server.close();
        expect(await peer.takeAll()).to.have.length(0);
        peer.end();
        await closing;
      });
    });
  });

  it('ends the connection of a client that floods it with pings, and of no other', async () => {
    const log = new CollectedLog();
    await withServer({ server: { logger: log } }, async ({ server, client }) => {
      server.handle(ECHO, (_context, text) => text);
      await withPeers(server.address.port, async (join) => {
        const extension = encodeExtension();
        const { peer } = await join({ extension });
        for (let number = 1; number <= 100; number++) peer.write(pingRequest(number));
        for (let number = 1; number <= 100; number++) {
          const { messageId, payload } = await peer.takeReply();
          expect(messageId).to.equal(0n);
          expect(payload).to.deep.equal(encodeMainMessage({ kind: 'pong', number }));
        }
        peer.write(pingRequest(101));
        await log.line(/connection dropped: the peer sent more than 10 pings a second/);
        expect(await peer.takeAll()).to.have.length(0);
      });
      expect(await client.call(ECHO, 'still here')).to.equal('still here');
    });
  });
});

/** A ping as a client without the timeout feature sends it; the message id is the number. */
function pingRequest(number: number): Buffer {
  const payload = encodeMainMessage({ kind: 'ping', number });
  const header = Buffer.alloc(20);
  header.writeBigUInt64LE(MAIN_MESSAGE_VERB, 0);
  header.writeBigInt64LE(BigInt(number), 8);
  header.writeUInt32LE(payload.length, 16);
  return Buffer.concat([header, payload]);
}
