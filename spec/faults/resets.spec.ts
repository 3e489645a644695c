import { expect } from 'chai';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

import { type Client, listen, type Sink, type Source, stream, verb } from '../../lib/index.ts';
import { bytes, packed, raw, sourceOf } from '../../lib/layout.ts';
import { DEFAULT_LIMITS } from '../../lib/settings/limits.ts';
import { ManualClock } from '../../lib/testing.ts';
import { type Credentials, TestAuthority } from '../support/certificates.ts';
import { FaultProxy, type ProxiedConnection } from '../support/fault-proxy.ts';
import { Passing, SIDES } from '../support/passing.ts';
import { withRawClient } from '../support/raw-peer.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';
import { requestBytes } from '../support/wire-bytes.ts';
import { WatchedTransport } from '../support/watched-transport.ts';
import { withClient, withListening } from '../support/with-server.ts';

const { lingerMs, pingIntervalMs, pingTimeoutMs } = DEFAULT_LIMITS;
const GET = verb(22, { args: packed(), result: raw });
const LOAD = verb(21, { args: packed(sourceOf(bytes)) });
/** More than a kernel holds for a reader that does not read. */
const LARGE_BYTES = 4_000_000;
const BULK = new Uint8Array(1_000_000);

/** Sends until nothing moves any more. */
async function fill(sink: Sink<[Uint8Array]>): Promise<void> {
  for (;;) {
    const room = sink.send(BULK);
    if (room === undefined) continue;
    room.catch(() => {});
    const waiting = follow(room);
    await turns(50);
    if (waiting.outcome === undefined && sink.bufferedBytes > 0) return;
  }
}

describe('F4 the resets of connections', () => {
  let authority: TestAuthority;
  let credentials: Credentials;

  before(async () => {
    authority = await TestAuthority.create();
    credentials = await authority.issue();
  });

  for (const transport of ['TCP', 'TLS'] as const) {
    const secured = (): object =>
      transport === 'TCP'
        ? {}
        : { server: { tls: credentials }, client: { tls: { ca: authority.cert } } };

    for (const deaf of SIDES) {
      it(`F4 a ${deaf} that hears nothing on ${transport} resets, so that its peer learns at once`, async () => {
        const clock = new ManualClock();
        const still = new ManualClock();
        const clocks = {
          server: deaf === 'server' ? clock : still,
          client: deaf === 'client' ? clock : still,
        };
        const options: { server?: object; client?: object } = secured();
        const server = { ...options.server, clock: clocks.server };
        const client = { ...options.client, clock: clocks.client };
        await withListening({ server, client }, async (listening, start) => {
          await using proxy = await FaultProxy.start(listening.address.port);
          const peer = start({ port: proxy.port });
          await peer.whenReady();
          const connection = await proxy.connection(0);
          connection.swallow(deaf === 'client' ? 'server' : 'client');
          clock.advance(pingIntervalMs);
          await turns(5);
          clock.advance(pingTimeoutMs - pingIntervalMs);
          await until(() => peer.state === 'closed' && listening.stats.connections === 0);
          expect([...connection.resets]).to.include(deaf);
        });
      });
    }

    for (const kind of ['a verb’s stream', 'a lane'] as const) {
      for (const how of ['close', 'abort'] as const) {
        it(`F4 ${kind} over ${transport} that nobody reads is reset by ${how}, so that the kernel keeps nothing`, async () => {
          const clock = new ManualClock();
          const options = { ...secured(), both: { clock } };
          await withListening(options, async (server, start) => {
            const sources: Source[] = [];
            server.handle(LOAD, (_context, input) => void sources.push(input));
            await using proxy = await FaultProxy.start(server.address.port);
            const network = new WatchedTransport();
            const client = start({ port: proxy.port, network });
            const child =
              kind === 'a lane'
                ? await fillLane(client, new Passing(server, client), proxy)
                : await fillStream(client, proxy);
            const ending = how === 'close' ? client.close({ graceMs: 0 }) : client.abort();
            await turns(20);
            if (how === 'close') clock.advance(lingerMs);
            await ending;
            child.destroy();
            expect(network.sockets[1]).to.include({ isReset: true, isClosed: true });
          });
        });
      }
    }
  }

  /** A stream of a verb with more on its way than the kernel holds. */
  async function fillStream(client: Client, proxy: FaultProxy): Promise<ProxiedConnection> {
    const sink = await client.makeStreamSink({ serializer: packed(bytes) });
    await client.call(LOAD, sink);
    const child = await proxy.connection(1);
    child.stall();
    await fill(sink);
    return child;
  }

  /** The same for a stream in a value. */
  async function fillLane(
    client: Client,
    passing: Passing,
    proxy: FaultProxy,
  ): Promise<ProxiedConnection> {
    let pulled = 0;
    async function* produce(): AsyncGenerator<Uint8Array> {
      for (;;) {
        pulled++;
        yield BULK;
      }
    }
    const remote = await passing.stream<Uint8Array>('client', stream(produce));
    await remote[Symbol.asyncIterator]().next();
    const child = await proxy.connection(1);
    child.stall();
    for (let before = -1; before !== pulled; await turns(50)) before = pulled;
    expect(client.state).to.equal('connected');
    return child;
  }

  it('F4 a connection whose peer does not end it in time is reset, so that the kernel keeps nothing of it', async () => {
    const clock = new ManualClock();
    await using server = await listen({ host: '127.0.0.1', port: 0, clock });
    server.handle(GET, () => Buffer.alloc(LARGE_BYTES));
    await withRawClient(server.address.port, async (peer) => {
      peer.pause();
      peer.write(requestBytes(22, 1n, Buffer.alloc(0)));
      await turns(20);
      const closed = server.close({ graceMs: 0 });
      await turns(20);
      clock.advance(lingerMs);
      await closed;
      await turns(20);
      peer.resume();
      const received = await peer.takeAll();
      expect(received.length).to.be.below(LARGE_BYTES);
    });
  });

  it('F4 a server that says nothing to the handshake is reset after connectTimeoutMs', async () => {
    const clock = new ManualClock();
    await using mute = createServer({ allowHalfOpen: true });
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const options = { port, clock, connectTimeoutMs: 1_000, limits: { handshakeTimeoutMs: 5_000 } };
    await withClient(options, async (client) => {
      const failure = rejectionOf(client.whenReady());
      const [socket] = await once(mute, 'connection');
      const reset = once(socket, 'error');
      socket.resume();
      await turns(5);
      clock.advance(1_000);
      expect(await failure).to.include({ code: 'ERR_TIMEOUT' });
      expect((await reset)[0]).to.include({ code: 'ECONNRESET' });
    });
  });
});
