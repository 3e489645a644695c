import { expect } from 'chai';

import { createClient, type Server, type ServerOptions, verb } from '../../lib/index.ts';
import { ProtocolError } from '../../lib/errors/errors.ts';
import { raw } from '../../lib/layout.ts';
import { FEATURE } from '../../lib/wire/feature.ts';
import { hex } from '../support/chunks.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { ManualClock } from '../../lib/simulation/manual-clock.ts';
import { NO_FEATURES, RawPeer } from '../support/raw-peer.ts';
import { RawServer } from '../support/raw-server.ts';
import { rejectionOf } from '../support/rejection.ts';
import { decodeNegotiation } from '../support/scripted-peer.ts';
import { ECHO } from '../support/session.ts';
import { turns, until } from '../support/turns.ts';
import { WatchedTransport } from '../support/watched-transport.ts';
import { negotiation, replyBytes, requestBytes, u32le, u64le } from '../support/wire-bytes.ts';
import { withServer } from '../support/with-server.ts';

const ECHO_RAW = verb(77, { args: raw, result: raw });

interface Bench {
  readonly server: Server;
  readonly clock: ManualClock;
  readonly log: CollectedLog;
  readonly network: WatchedTransport;
  /** Connects and says nothing. */
  connect(): Promise<RawPeer>;
}

/** A server with one good client, which must still be served when the test is over. */
async function withDoor(
  options: Partial<ServerOptions>,
  run: (bench: Bench) => Promise<void>,
): Promise<void> {
  const clock = new ManualClock();
  const log = new CollectedLog();
  const network = new WatchedTransport();
  const peers: RawPeer[] = [];
  await withServer(
    { server: { clock, logger: log, network, ...options } },
    async ({ server, client }) => {
      server.handle(ECHO, (_context, text) => text);
      const { port } = server.address;
      const connect = async (): Promise<RawPeer> => {
        const peer = await RawPeer.connect(port, null);
        peers.push(peer);
        return peer;
      };
      try {
        await run({ server, clock, log, network, connect });
        expect(await client.call(ECHO, 'still here')).to.equal('still here');
      } finally {
        await Promise.all(peers.map((peer) => peer.destroy()));
      }
    },
  );
}

/** What a peer gets that says these bytes: the answer, nothing unless given, and the end. */
async function expectDropped(
  bench: Bench,
  bytes: Buffer,
  line: RegExp,
  answer = '',
): Promise<void> {
  const { refusedConnections } = bench.server.stats;
  const peer = await bench.connect();
  peer.write(bytes);
  expect((await peer.takeAll()).toString('latin1')).to.equal(answer);
  expect(await bench.log.line(line)).to.match(
    /^warn client 127\.0\.0\.1:\d+: server connection dropped/,
  );
  expect(bench.server.stats.refusedConnections).to.equal(refusedConnections + 1);
}

describe('a handshake', () => {
  it('F5, E2 has one absolute limit, however steadily its bytes come', () =>
    withDoor({ limits: { handshakeTimeoutMs: 10_000 } }, async (bench) => {
      const { clock, network, log } = bench;
      const peer = await bench.connect();
      const frame = negotiation([99, Buffer.alloc(100)]);
      for (const byte of frame.subarray(0, 9)) {
        const count = network.sockets.at(-1)?.readBytes ?? 0;
        peer.write(Buffer.of(byte));
        await until(() => network.sockets.at(-1)?.readBytes === count + 1);
        clock.advance(1_000);
      }
      clock.advance(999);
      await turns(5);
      expect(network.sockets.at(-1)).to.include({ isEnded: false, isDestroyed: false });
      clock.advance(1);
      expect(await peer.takeAll()).to.have.length(0);
      expect(await log.line(/negotiation/)).to.match(/the negotiation took longer than 10000 ms/);
    }));

  it('F5 is judged only after what had come was read: a process that was stopped still answers', () =>
    withDoor({ limits: { handshakeTimeoutMs: 1_000 } }, async ({ clock, network, connect }) => {
      const peer = await connect();
      await until(() => network.sockets.length === 2);
      // In one turn: the bytes are there, and the time is over before anybody could read them.
      peer.write(negotiation());
      clock.advance(1_000);
      expect(decodeNegotiation(await peer.takeNegotiation()).connectionId).to.be.a('bigint');
    }));

  it('F5 is dropped in the end also by who neither speaks nor hangs up', () =>
    withDoor(
      { limits: { handshakeTimeoutMs: 1_000, lingerMs: 500 } },
      async ({ clock, network, connect }) => {
        const peer = await connect();
        await until(() => network.sockets.length === 2);
        clock.advance(1_000);
        expect(await peer.takeAll()).to.have.length(0);
        clock.advance(500);
        await until(() => network.openCount === 1);
      },
    ));

  it('F5, E1-memory, E2 is waited for by maxNegotiatingPerAddress sockets of an address at a time', () =>
    withDoor({ maxNegotiatingPerAddress: 3 }, async (bench) => {
      const waiting = [await bench.connect(), await bench.connect(), await bench.connect()];
      await until(() => bench.network.sockets.length === 4);
      const fourth = await bench.connect();
      expect(await fourth.takeAll()).to.have.length(0);
      expect(bench.server.stats.refusedConnections).to.equal(1);
      for (const peer of waiting) {
        peer.write(negotiation());
        expect(decodeNegotiation(await peer.takeNegotiation()).connectionId).to.be.a('bigint');
      }
      const later = await bench.connect();
      later.write(negotiation());
      await later.takeNegotiation();
    }));

  it('F6 is refused by the length alone, and nothing is kept for it', () =>
    withDoor({}, async (bench) => {
      for (const length of [65_537, 1 << 20, 0xffff_ffff]) {
        const header = Buffer.concat([Buffer.from('SSTARRPC'), u32le(length)]);
        await expectDropped(bench, header, new RegExp(`a message of ${length} bytes is above`));
      }
    }));

  it('E2 may have 64 KiB of records', () =>
    withDoor({}, async ({ connect }) => {
      const peer = await connect();
      peer.write(negotiation([99, Buffer.alloc(65_536 - 8)]));
      await peer.takeNegotiation();
    }));

  for (const [what, bytes, line, answer] of [
    [
      'HTTP',
      Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
      /474554202f204854; this looks like HTTP/,
      '',
    ],
    [
      'TLS',
      hex('160301 0200 0100 01fc 0303'),
      /1603010200010001; this looks like TLS on a plain port/,
      // It tells the TLS of a client that there is none here.
      'SSTARRPC',
    ],
    [
      'anything else',
      hex('00 ff 0a 0d 1b 5b 32 4a'),
      /wrong protocol magic: 00ff0a0d1b5b324a$/,
      '',
    ],
  ] as const) {
    it(`F7 of ${what} is dropped, logged in hex and counted`, () =>
      withDoor({}, (bench) => expectDropped(bench, bytes, line, answer)));
  }

  it('S-W1, F8 that is malformed is dropped without an answer', () =>
    withDoor({}, async (bench) => {
      const short = Buffer.concat([Buffer.from('SSTARRPC'), u32le(3), hex('000000')]);
      await expectDropped(bench, short, /bad feature data format/);
      const long = Buffer.concat([Buffer.from('SSTARRPC'), u32le(8), u32le(0), u32le(1)]);
      await expectDropped(bench, long, /buffer underflow/);
      await expectDropped(
        bench,
        negotiation([3, hex('01020304050607')]),
        /STREAM_PARENT has 7 bytes/,
      );
      await expectDropped(bench, negotiation([2, hex('')]), /CONNECTION_ID has 0 bytes/);
      const extension = negotiation([FEATURE.EXTENSION, hex('ffffffff')]);
      await expectDropped(bench, extension, /extension is no BSON document/);
    }));

  it('F2 that is cut short is dropped', () =>
    withDoor({}, async ({ connect, log }) => {
      const peer = await connect();
      peer.write(negotiation([1]).subarray(0, 15));
      peer.end();
      expect(await peer.takeAll()).to.have.length(0);
      await log.line(/unexpected eof: .* inside its negotiation frame/);
    }));

  it('S-W2, F8 passes over unknown features, and the first of two alike counts', () =>
    withDoor({}, async ({ connect }) => {
      const peer = await connect();
      const offered = negotiation(
        [77, hex('cafe')],
        [FEATURE.ISOLATION, Buffer.from('first')],
        [FEATURE.ISOLATION, Buffer.from('second')],
        [FEATURE.TIMEOUT, hex('01')],
      );
      peer.write(offered);
      const answer = decodeNegotiation(await peer.takeNegotiation());
      expect(answer).to.include({
        hasTimeout: true,
        hasHandlerDuration: false,
        compress: undefined,
      });
      expect(answer.isolation?.toString()).to.equal('first');
    }));

  for (const [what, record] of [
    ['an id of 7 bytes', [FEATURE.CONNECTION_ID, hex('01020304050607')]],
    ['an extension that is none', [FEATURE.EXTENSION, hex('ffffffff')]],
  ] as const) {
    it(`F8 of a server with ${what} fails the client, which leaves nothing open`, async () => {
      const listener = await RawServer.start();
      const network = new WatchedTransport();
      const client = createClient({
        host: '127.0.0.1',
        port: listener.port,
        network,
        reconnect: false,
      });
      const ready = rejectionOf(client.whenReady(), ProtocolError);
      const peer = await listener.accept();
      await peer.takeNegotiation();
      peer.write(negotiation(record));
      await ready;
      expect(client.state).to.equal('closed');
      await network.whenOpen(0);
      await listener[Symbol.asyncDispose]();
    });
  }

  it('F10 may come together with requests, or byte by byte', () =>
    withDoor({}, async ({ connect, server, network }) => {
      server.handle(ECHO_RAW, (_context, bytes) => bytes);
      const frames = [
        negotiation(),
        requestBytes(77, 1n, hex('cafe')),
        requestBytes(77, 2n, u64le(7)),
      ];
      const whole = await connect();
      whole.write(...frames);
      const expected = Buffer.concat([replyBytes(1n, hex('cafe')), replyBytes(2n, u64le(7))]);
      await whole.takeNegotiation();
      expect((await whole.take(expected.length)).equals(expected)).to.equal(true);
      const sliced = await connect();
      await until(() => network.sockets.length === 3);
      for (const byte of Buffer.concat(frames)) {
        sliced.write(Buffer.of(byte));
        await turns(1);
      }
      await sliced.takeNegotiation();
      expect((await sliced.take(expected.length)).equals(expected)).to.equal(true);
    }));
});

describe('a server that answers while the client is stopped', () => {
  for (const limit of ['connectTimeoutMs', 'handshakeTimeoutMs'] as const) {
    it(`F5 is judged by ${limit} only after its answer was read`, async () => {
      await using server = await RawServer.start();
      const clock = new ManualClock();
      const limits = { handshakeTimeoutMs: limit === 'handshakeTimeoutMs' ? 1_000 : 60_000 };
      const connectTimeoutMs = limit === 'connectTimeoutMs' ? 1_000 : 60_000;
      const client = createClient({
        port: server.port,
        clock,
        limits,
        connectTimeoutMs,
        reconnect: false,
      });
      try {
        const peer = await server.accept();
        await peer.takeNegotiation();
        peer.negotiate(NO_FEATURES);
        clock.advance(1_000);
        await client.whenReady();
        expect(client.state).to.equal('connected');
      } finally {
        await client.abort();
      }
    });
  }
});
