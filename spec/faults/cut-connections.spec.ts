import { expect } from 'chai';

import {
  type Client,
  ClosedError,
  createClient,
  type Sink,
  type Source,
  StreamClosedError,
  verb,
} from '../../lib/index.ts';
import { i32, packed, sinkOf, sourceOf } from '../../lib/layout.ts';
import { lz4 } from '../../lib/compression.ts';
import { ManualClock } from '../../lib/testing.ts';
import type { Features } from '../../lib/wire/feature.ts';
import { compressorOf } from '../compression/compressor-suite.ts';
import { hex } from '../support/chunks.ts';
import { NO_FEATURES, type RawPeer } from '../support/raw-peer.ts';
import { RawServer } from '../support/raw-server.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { withPeers } from '../support/scripted-peer.ts';
import { ECHO } from '../support/session.ts';
import { turns, until } from '../support/turns.ts';
import { WatchedTransport } from '../support/watched-transport.ts';
import { replyBytes, requestBytes, streamFrame, u32le, u64le } from '../support/wire-bytes.ts';
import { withServer } from '../support/with-server.ts';

const MAIN_ID = 0x10000n;
const CHILD_ID = 0x20000n;
const EXCHANGE = verb(15, {
  args: packed(sourceOf(i32)),
  result: packed(sinkOf(i32)),
});

/** A client whose server the test plays. */
interface Bench {
  readonly client: Client;
  readonly clock: ManualClock;
  readonly network: WatchedTransport;
  readonly raw: RawServer;
  readonly main: RawPeer;
}

async function withClient(features: Features, run: (bench: Bench) => Promise<void>): Promise<void> {
  const raw = await RawServer.start();
  const network = new WatchedTransport();
  const clock = new ManualClock();
  const compression = features.compress === undefined ? undefined : lz4();
  const place = { host: '127.0.0.1', port: raw.port };
  const client = createClient({
    ...place,
    network,
    clock,
    compression,
    extension: false,
    reconnect: false,
  });
  try {
    const main = await raw.acceptNegotiated(features);
    await client.whenReady();
    await run({ client, clock, network, raw, main });
  } finally {
    await client.abort();
    await raw[Symbol.asyncDispose]();
  }
}

/** Sends to the client, and waits until it has read all of it. */
async function deliver(
  { network }: Bench,
  socket: number,
  peer: RawPeer,
  bytes: Buffer,
): Promise<void> {
  const watched = network.sockets[socket];
  const expected = (watched?.readBytes ?? 0) + bytes.length;
  peer.write(bytes);
  await until(() => watched?.readBytes === expected);
}

/** A stream in both directions, as far as the client knows. */
async function openStream({
  client,
  raw,
  main,
}: Bench): Promise<{ sink: Sink<[number]>; source: Source<[number]>; child: RawPeer }> {
  const opening = client.makeStreamSink({ serializer: packed(i32) });
  const child = await raw.acceptNegotiated({ ...NO_FEATURES, connectionId: CHILD_ID });
  const sink = await opening;
  const calling = client.call(EXCHANGE, sink);
  const { messageId, payload } = await main.takeRequest();
  expect(payload.toString('hex')).to.equal(u64le(CHILD_ID).toString('hex'));
  main.write(replyBytes(messageId, u64le(CHILD_ID)));
  return { sink, source: await calling, child };
}

/** The codes of an error and of what caused it. */
function codes(error: unknown): unknown[] {
  const found: unknown[] = [];
  for (let at = error; at instanceof Error; at = at.cause)
    found.push((at as { code?: unknown }).code);
  return found;
}

const STREAMING: Features = { ...NO_FEATURES, connectionId: MAIN_ID };
const REPLY = replyBytes(1n, hex('0102030405'));
const PAYLOAD = compressorOf(lz4()).compress(REPLY);
const COMPRESSED = Buffer.concat([u32le(PAYLOAD.length), PAYLOAD]);

/** Where a main connection is cut, and what was missing there. */
const CUTS: readonly [where: string, features: Features, sent: Buffer, missing: string][] = [
  [
    'inside of a header',
    NO_FEATURES,
    REPLY.subarray(0, 5),
    'while reading header: expected 12 got 5',
  ],
  ['inside of a frame', NO_FEATURES, REPLY.subarray(0, 14), 'while reading data: expected 5 got 2'],
  [
    'inside of a compressed frame',
    { ...NO_FEATURES, compress: 'LZ4' },
    COMPRESSED.subarray(0, 7),
    `while reading data: expected ${COMPRESSED.length - 4} got 3`,
  ],
];

describe('a connection that is cut, at the client', () => {
  for (const [where, features, sent, missing] of CUTS) {
    it(`F1 fails every call with ECONNRESET when it is reset ${where}`, () =>
      withClient(features, async (bench) => {
        const calls = Array.from({ length: 3 }, () => bench.client.call(ECHO, 'x'));
        await deliver(bench, 0, bench.main, sent);
        bench.main.reset();
        for (const call of calls) {
          const error = await rejectionOf(call, ClosedError);
          expect(error).to.include({ initiator: 'transport', retryable: true });
          expect(codes(error)).to.deep.equal(['ERR_CLOSED', 'ECONNRESET']);
        }
        await rejectionOf(bench.client.call(ECHO, 'late'), ClosedError);
        expect(bench.client.state).to.equal('closed');
      }));

    it(`F2 says how much was missing when it ends ${where}`, () =>
      withClient(features, async (bench) => {
        const calls = Array.from({ length: 3 }, () => bench.client.call(ECHO, 'x'));
        await deliver(bench, 0, bench.main, sent);
        bench.main.end();
        for (const call of calls) {
          const error = await rejectionOf(call, ClosedError);
          expect(error.initiator).to.equal('remote');
          expect(error.message.startsWith(`unexpected eof ${missing} (verb 1 of `)).to.equal(true);
        }
      }));
  }

  it('F2 says nothing of missing bytes when it ends between frames', () =>
    withClient(NO_FEATURES, async (bench) => {
      const call = bench.client.call(ECHO, 'x');
      bench.main.end();
      expect((await rejectionOf(call, ClosedError)).message).to.match(
        /^the server closed the connection \(verb 1 of 127\.0\.0\.1:\d+\)$/,
      );
    }));

  it('F1 fails the streams of a main connection that is reset, and makes up no end', () =>
    withClient(STREAMING, async (bench) => {
      const { sink, source, child } = await openStream(bench);
      await deliver(bench, 1, child, streamFrame(hex('07000000')));
      bench.main.reset();
      expect(codes(await rejectionOf(sink.ended)).at(-1)).to.equal('ECONNRESET');
      expect(await source.read()).to.deep.equal([7]);
      const reading = follow(source.read());
      // What was sent before may still be on its way.
      bench.clock.advance(999);
      await turns(3);
      expect(reading.outcome).to.equal(undefined);
      bench.clock.advance(1);
      await until(() => reading.outcome !== undefined);
      expect(codes(await rejectionOf(source.ended)).at(-1)).to.equal('ECONNRESET');
    }));

  for (const [end, row, code] of [
    ['reset', 'F1', 'ECONNRESET'],
    ['end', 'F2', undefined],
  ] as const) {
    it(`${row} gives what came before, then an error, when a stream’s ${end} comes inside of a frame`, () =>
      withClient(STREAMING, async (bench) => {
        const { sink, source, child } = await openStream(bench);
        const frame = streamFrame(hex('07000000'));
        await deliver(bench, 1, child, Buffer.concat([frame, frame, frame.subarray(0, 6)]));
        child[end]();
        await rejectionOf(sink.ended);
        expect(await source.read()).to.deep.equal([7]);
        expect(await source.read()).to.deep.equal([7]);
        const error = await rejectionOf(source.read(), StreamClosedError);
        if (code === undefined) {
          expect(error.message).to.equal('unexpected eof while reading data: expected 4 got 2');
        } else expect(codes(error).at(-1)).to.equal(code);
        const call = bench.client.call(ECHO, 'x');
        await bench.main.takeRequest();
        expect(bench.client.state).to.equal('connected');
        bench.main.reset();
        await rejectionOf(call);
      }));
  }

  it('F3 gives what came before, then an error, when a stream ends between frames without its end', () =>
    withClient(STREAMING, async (bench) => {
      const { source, child } = await openStream(bench);
      child.write(streamFrame(hex('07000000')));
      child.end();
      expect(await source.read()).to.deep.equal([7]);
      const error = await rejectionOf(source.read(), StreamClosedError);
      expect(error.message).to.match(/without end of stream/);
    }));
});

describe('a connection that is cut, at the server', () => {
  const CONSUME = verb(16, { args: packed(sourceOf(i32)) });

  /** How a handler's source ended: the messages, then the error. */
  async function consumed(
    cut: (main: RawPeer, child: RawPeer) => void,
    sent: Buffer,
  ): Promise<{ messages: number[]; error: unknown; reason: unknown }> {
    let outcome: { messages: number[]; error: unknown; reason: unknown } | undefined;
    const network = new WatchedTransport();
    await withServer(
      { server: { network, limits: { orphanTimeoutMs: 1 } } },
      async ({ server, client }) => {
        server.handle(CONSUME, async (context, input) => {
          const messages: number[] = [];
          try {
            for await (const [message] of input) messages.push(message);
            outcome = { messages, error: undefined, reason: undefined };
          } catch (error) {
            outcome = { messages, error, reason: context.signal.reason };
          }
        });
        server.handle(ECHO, (_context, text) => text);
        const { port } = server.address;
        await withPeers(port, async (join) => {
          const main = await join();
          const child = await join({ streamParent: main.id });
          main.peer.write(requestBytes(16, 1n, u64le(child.id)));
          const accepted = network.sockets.at(-1);
          const before = accepted?.readBytes ?? 0;
          child.peer.write(sent);
          await until(() => accepted?.readBytes === before + sent.length);
          cut(main.peer, child.peer);
          await until(() => outcome !== undefined);
        });
        expect(await client.call(ECHO, 'still here')).to.equal('still here');
      },
    );
    if (outcome === undefined) throw new Error('the handler never ended');
    return outcome;
  }

  it('F1 fails the handler’s source with ECONNRESET, behind what came before', async () => {
    const frame = streamFrame(hex('07000000'));
    const sent = Buffer.concat([frame, frame.subarray(0, 6)]);
    const { messages, error } = await consumed((_main, child) => child.reset(), sent);
    expect(messages).to.deep.equal([7]);
    expect(error).to.be.instanceOf(StreamClosedError);
    expect(codes(error).at(-1)).to.equal('ECONNRESET');
  });

  it('F2 says how much of a message was missing', async () => {
    const sent = streamFrame(hex('07000000')).subarray(0, 6);
    const { messages, error } = await consumed((_main, child) => child.end(), sent);
    expect(messages).to.deep.equal([]);
    expect(error).to.include({ message: 'unexpected eof while reading data: expected 4 got 2' });
  });

  it('F3 makes up no end', async () => {
    const sent = streamFrame(hex('07000000'));
    const { messages, error } = await consumed((_main, child) => child.end(), sent);
    expect(messages).to.deep.equal([7]);
    expect(error).to.be.instanceOf(StreamClosedError);
    expect((error as Error).message).to.match(/without end of stream/);
  });

  it('F1 fails the streams of a main connection that is reset, and tells its handlers', async () => {
    const sent = streamFrame(hex('07000000'));
    const { messages, error, reason } = await consumed((main) => main.reset(), sent);
    expect(messages).to.deep.equal([7]);
    expect(codes(error).at(-1)).to.equal('ECONNRESET');
    expect(codes(reason).at(-1)).to.equal('ECONNRESET');
  });
});
