import { expect } from 'chai';

import { MisuseError } from '../../lib/errors/errors.ts';
import { raw } from '../../lib/layout.ts';
import { stream, TimeoutError } from '../../lib/index.ts';
import { advance, settle } from '../../lib/testing.ts';
import type {
  DialOptions,
  Endpoint,
  Transport,
  TransportListener,
  TransportSocket,
} from '../../lib/transport/transport.ts';
import { rejectionOf } from '../support/rejection.ts';
import { SocketRecorder } from '../support/socket-recorder.ts';
import { memoryPair, withListening, withServer } from '../support/with-server.ts';

const MUTE = { host: '127.0.0.1', port: 2, noDelay: true, keepAliveDelayMs: 0 };
const LIMIT_MS = 1_000;

/** The pause before the third lane that is tried. */
const RETRY_MS = 100;

/** A client's network. While it is mute, dials reach somebody who accepts and never says a word. */
class MuteNetwork implements Transport {
  isMute = false;
  readonly accepted: SocketRecorder[] = [];
  readonly #network: Transport;

  constructor(network: Transport) {
    this.#network = network;
  }

  async start(): Promise<void> {
    await this.#network.listen(MUTE, {
      onSocket: (socket) => void this.accepted.push(new SocketRecorder(socket)),
      onError: () => {},
    });
  }

  dial(endpoint: Endpoint, options: DialOptions): Promise<TransportSocket> {
    return this.#network.dial(this.isMute ? MUTE : endpoint, options);
  }

  listen(): Promise<TransportListener> {
    return Promise.reject(new MisuseError('a client listens to nobody', 'connection'));
  }
}

async function setUp(): Promise<{
  memory: ReturnType<typeof memoryPair>;
  network: MuteNetwork;
}> {
  const memory = memoryPair();
  const network = new MuteNetwork(memory.both.network);
  await network.start();
  return { memory, network };
}

async function* numbers(): AsyncGenerator<number> {
  yield 1;
}

async function sumOf(values: AsyncIterable<number>): Promise<number> {
  let sum = 0;
  for await (const value of values) sum += value;
  return sum;
}

const SERVICE = { numbers: () => stream(numbers()), sumOf };

describe('connectTimeoutMs', () => {
  it('gives up a server that never answers, for createClient as well', async () => {
    const { memory, network } = await setUp();
    network.isMute = true;
    // The negotiation alone would have more time.
    const limits = { handshakeTimeoutMs: 60_000 };
    await withListening(memory, async (_server, start) => {
      const client = start({ network, limits, connectTimeoutMs: LIMIT_MS });
      const call = rejectionOf(client.describe(), TimeoutError);
      await advance(memory.clock, LIMIT_MS - 1);
      expect(client.state).to.equal('connecting');
      await advance(memory.clock, 1);
      expect(client.state).to.equal('closed');
      expect(await call).to.include({ limitMs: LIMIT_MS, scope: 'connection' });
      expect((await call).message).to.match(/^connecting took longer than 1000 ms \(method /);
      await settle(memory.clock);
      expect(network.accepted[0]?.error).to.have.property('code', 'ECONNRESET');
      expect(memory.clock.pendingTimers).to.equal(0);
    });
  });

  it('gives up the connection of a verb’s stream, whose place is free again', async () => {
    const { memory, network } = await setUp();
    const limits = { maxChildren: 1, handshakeTimeoutMs: 60_000, pingIntervalMs: 0 };
    const own = { network, limits, connectTimeoutMs: LIMIT_MS };
    await withServer({ ...memory, client: own }, async ({ client }) => {
      network.isMute = true;
      const opening = rejectionOf(client.makeStreamSink({ serializer: raw }), TimeoutError);
      await advance(memory.clock, LIMIT_MS - 1);
      network.isMute = false;
      expect((await rejectionOf(client.makeStreamSink())).message).to.contain('maxChildren');
      await advance(memory.clock, 1);
      expect(await opening).to.include({ limitMs: LIMIT_MS, scope: 'stream' });
      expect((await opening).message).to.equal('opening the stream took longer than 1000 ms');
      expect(client.state).to.equal('connected');
      const sink = await client.makeStreamSink();
      sink.abort();
    });
  });

  for (const direction of ['to', 'from'] as const) {
    it(`gives up the lane of a stream in a value ${direction} its dialer, and tries another`, async () => {
      const { memory, network } = await setUp();
      const limits = { maxChildren: 1, handshakeTimeoutMs: 60_000, pingIntervalMs: 0 };
      const own = { network, limits, connectTimeoutMs: LIMIT_MS };
      await withServer({ ...memory, client: own }, async ({ server, client }) => {
        server.expose('service', SERVICE);
        const api = client.api<typeof SERVICE>('service');
        network.isMute = true;
        const sum = direction === 'to' ? sumOf(api.numbers()) : api.sumOf(stream(numbers()));
        await advance(memory.clock, LIMIT_MS);
        network.isMute = false;
        await advance(memory.clock, LIMIT_MS);
        await advance(memory.clock, RETRY_MS);
        expect(await sum).to.equal(1);
        const ends = network.accepted.map(({ error }) => error);
        expect(ends.map((error) => (error as NodeJS.ErrnoException).code)).to.deep.equal([
          'ECONNRESET',
          'ECONNRESET',
        ]);
      });
    });
  }

  it('is no limit where it is 0 or Infinity', async () => {
    for (const connectTimeoutMs of [0, Infinity]) {
      const { memory, network } = await setUp();
      network.isMute = true;
      const limits = { handshakeTimeoutMs: 60_000 };
      await withListening(memory, async (_server, start) => {
        const client = start({ network, limits, connectTimeoutMs });
        const ready = rejectionOf(client.whenReady());
        await advance(memory.clock, 59_999);
        expect(client.state).to.equal('connecting');
        await advance(memory.clock, 1);
        expect((await ready).message).to.equal('the negotiation took longer than 60000 ms');
      });
    }
  });
});
