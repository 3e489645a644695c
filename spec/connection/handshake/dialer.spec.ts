import { expect } from 'chai';

import type { CompressorFactory } from '../../../lib/compression/compressor.ts';
import { lz4 } from '../../../lib/compression/lz4.ts';
import { type Destination, type Dialed, Dialer } from '../../../lib/connection/handshake/dialer.ts';
import type { Link } from '../../../lib/connection/link/link.ts';
import type { HandshakeEvent } from '../../../lib/diagnostics/handshake-channels.ts';
import {
  ClosedError,
  CompressionError,
  OptionError,
  ProtocolError,
  TimeoutError,
} from '../../../lib/errors/errors.ts';
import type { Features } from '../../../lib/wire/feature.ts';
import { encodeNegotiation } from '../../../lib/wire/negotiation-frame.ts';
import { advance, runUntil, settle } from '../../../lib/testing.ts';
import type { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import type { MemoryFaults } from '../../../lib/transport/memory/faults.ts';
import { MemoryTransport } from '../../../lib/transport/memory/transport.ts';
import type { Endpoint } from '../../../lib/transport/transport.ts';
import { SocketRecorder } from '../../support/socket-recorder.ts';
import { hex } from '../../support/chunks.ts';
import { ScriptedSocket } from '../../support/scripted-socket.ts';
import { NO_FEATURES } from '../../support/raw-peer.ts';
import { published } from '../../support/published.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';
import { testEnvironment } from '../../support/test-environment.ts';

interface Bench {
  readonly socket: ScriptedSocket;
  readonly dialer: Dialer;
  readonly clock: ManualClock;
  /** What was logged. */
  readonly lines: readonly string[];
  /** The links that the dialer knew in the turn of the loop after the dial. */
  readonly links: Link[];
  readonly outcome: Promise<Dialed>;
}

/** What a test chooses of a dialer, and of what it dials. */
interface Choice {
  readonly connectTimeoutMs?: number;
  readonly compression?: CompressorFactory;
  readonly makeOffer?: () => Features;
  readonly signals?: readonly AbortSignal[];
  /** Connects, in place of giving the bench's socket. */
  readonly connect?: Destination['connect'];
}

function dial({
  makeOffer = () => NO_FEATURES,
  signals = [],
  connect,
  connectTimeoutMs = 0,
  compression,
}: Choice = {}): Bench {
  const socket = new ScriptedSocket();
  const environment = testEnvironment({}, { compression });
  const dialer = new Dialer(
    environment,
    { address: '127.0.0.1', port: 1, connect: connect ?? (() => Promise.resolve(socket)) },
    NO_FEATURES,
    connectTimeoutMs,
  );
  const links: Link[] = [];
  const add = dialer.links.add.bind(dialer.links);
  dialer.links.add = (link) => {
    links.push(link);
    add(link);
  };
  const outcome = dialer.dial(
    makeOffer,
    1_000,
    { what: 'connecting', scope: 'connection' },
    signals,
  );
  const { clock, lines } = environment;
  return { socket, dialer, clock, lines: lines.lines, links, outcome };
}

/** A dialer in memory whose dials take at most 1,000 ms, and whose server the test plays. */
async function inMemory(faults: MemoryFaults = {}): Promise<{
  readonly clock: ManualClock;
  readonly dialer: Dialer;
  readonly peers: SocketRecorder[];
  readonly lines: readonly string[];
  dial(...signals: AbortSignal[]): Promise<Dialed>;
}> {
  const environment = testEnvironment();
  const { clock } = environment;
  const network = new MemoryTransport({ clock, faults: () => faults });
  const peers: SocketRecorder[] = [];
  await network.listen(PLACE, {
    onSocket: (socket) => void peers.push(new SocketRecorder(socket)),
    onError: () => {},
  });
  const dialer = new Dialer(
    environment,
    { address: '127.0.0.1', port: 1, connect: (signal) => network.dial(PLACE, { signal }) },
    NO_FEATURES,
    1_000,
  );
  const about = { what: 'opening the stream', scope: 'stream' } as const;
  return {
    clock,
    dialer,
    peers,
    lines: environment.lines.lines,
    dial: (...signals) => dialer.dial(() => NO_FEATURES, 1_000, about, signals),
  };
}

const PLACE: Endpoint = { host: '127.0.0.1', port: 1, noDelay: true, keepAliveDelayMs: 0 };

/** Dials with an offer and lets the server answer. */
async function answered(offer: Features, answer: Features, options: Choice = {}): Promise<Bench> {
  const bench = dial({ ...options, makeOffer: () => offer });
  await turns(1);
  bench.socket.handlers.onData(Buffer.concat([encodeNegotiation(answer), hex('cafe')]));
  return bench;
}

describe('Dialer', () => {
  it('S-W1 sends what is offered and hands over what was agreed, with the bytes behind it', async () => {
    const offer = { ...NO_FEATURES, hasTimeout: true };
    const { socket, links, outcome } = await answered(offer, { ...offer, connectionId: 5n });
    const { link, agreed, takeRest } = await outcome;
    expect(socket.calls).to.include(`write ${encodeNegotiation(offer).toString('hex')}`);
    expect(agreed).to.include({ hasTimeout: true, connectionId: 5n, isAccepted: false });
    expect(agreed.compressor).to.equal(undefined);
    expect(takeRest().toString('hex')).to.equal('cafe');
    expect(links).to.deep.equal([link]);
    expect(socket.calls.at(-1)).to.equal('pause');
  });

  it('S-W3 compresses from then on if the server chose what was offered', async () => {
    const features = { ...NO_FEATURES, compress: 'LZ4' };
    const { socket, outcome } = await answered(features, features, { compression: lz4() });
    const { link, agreed } = await outcome;
    expect(agreed.compressor?.name).to.equal('LZ4');
    link.writer.writeFrame(hex('ffffffff'));
    link.writer.flush();
    expect(socket.calls.at(-1)).to.equal('write 090000000400000040ffffffff');
  });

  it('S-W3 gives up on a compression that it does not have', async () => {
    const offer = { ...NO_FEATURES, compress: 'LZ4' };
    const { socket, outcome } = await answered(
      offer,
      { ...offer, compress: 'LZ9\n' },
      {
        compression: lz4(),
      },
    );
    expect((await rejectionOf(outcome, CompressionError)).message).to.equal(
      'RPC server responded with compression "LZ9\\n" - unsupported',
    );
    expect(socket.calls).to.include('destroy');
  });

  it('S-W3, S-W4, S-W8 gives up on a server that agrees to what was not offered', async () => {
    for (const [answer, name] of [
      [{ ...NO_FEATURES, hasTimeout: true }, 'TIMEOUT'],
      [{ ...NO_FEATURES, hasHandlerDuration: true }, 'HANDLER_DURATION'],
      [{ ...NO_FEATURES, compress: 'LZ4' }, 'COMPRESS'],
    ] as const) {
      const { socket, outcome } = await answered(NO_FEATURES, answer);
      const { message } = await rejectionOf(outcome, ProtocolError);
      expect(message).to.equal(`the server agreed to ${name}, which was not offered`);
      expect(socket.calls).to.include('destroy');
    }
  });

  it('says why it could not connect, with the system’s error as the cause', async () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const { links, outcome } = dial({ connect: () => Promise.reject(cause) });
    const error = await rejectionOf(outcome, ClosedError);
    expect(error).to.include({ cause, initiator: 'transport', retryable: true });
    expect(error.message).to.equal('could not connect: connect ECONNREFUSED');
    expect(links).to.deep.equal([]);
  });

  it('passes on errors of our own, and the reason of the caller who gave up', async () => {
    const ours = new OptionError('tls', 'no');
    expect(await rejectionOf(dial({ connect: () => Promise.reject(ours) }).outcome)).to.equal(ours);
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    const { outcome } = dial({
      signals: [signal],
      connect: () => Promise.reject(reason),
    });
    expect(await rejectionOf(outcome, Error)).to.equal(reason);
  });

  it('leaves nothing open when the negotiation fails', async () => {
    const { socket, links, outcome } = dial();
    await turns(1);
    socket.handlers.onData(Buffer.from('HTTP/1.1'));
    const error = await rejectionOf(outcome, ProtocolError);
    await turns(1);
    expect(socket.calls).to.include('destroy');
    expect(links[0]?.cause).to.equal(error);
    expect(links[0]?.phase).to.equal('closed');
  });

  it('A6-logger logs a handshake that fails, with the server and the cause', async () => {
    const cause = new Error('connect ECONNREFUSED');
    const refused = dial({ connect: () => Promise.reject(cause) });
    await rejectionOf(refused.outcome);
    expect(refused.lines).to.deep.equal([
      'warn server 127.0.0.1:1: the handshake failed: could not connect: connect ECONNREFUSED',
    ]);
    const { lines, outcome, socket } = dial();
    await turns(1);
    socket.handlers.onEnd();
    await rejectionOf(outcome);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/^warn server \S+:\d+: the handshake failed: unexpected eof/);
  });

  it('A6-logger warns of a handshake that takes too long, and not of one that we give up', async () => {
    const { clock, dialer, lines, dial } = await inMemory();
    const late = follow(dial());
    expect(dialer.opening).to.equal(1);
    await advance(clock, 1_000);
    expect(late.outcome).to.have.property('error');
    expect(dialer.opening).to.equal(0);
    expect(lines.at(-1)).to.match(/^warn server .*: the handshake failed: opening the stream took/);
    const given = follow(dial());
    await settle(clock);
    dialer.close(new ClosedError('the client is closed', 'local'));
    await settle(clock);
    expect(given.outcome).to.have.property('error');
    expect(lines.at(-1)).to.match(/^debug server .*: the handshake failed: the client is closed/);
  });

  it('X11 tells of each handshake, and how it ended', async () => {
    const names = ['start', 'end', 'failed'].map((name) => `sluice:handshake:${name}`);
    const events = await published<HandshakeEvent>(names, async () => {
      await (
        await answered(NO_FEATURES, NO_FEATURES)
      ).outcome;
      await rejectionOf(dial({ connect: () => Promise.reject(new Error('no')) }).outcome);
    });
    expect(events.map(([name, { side, peer }]) => [name.slice(17), side, peer])).to.deep.equal([
      ['start', 'client', '127.0.0.1:1'],
      ['end', 'client', '127.0.0.1:1'],
      ['start', 'client', '127.0.0.1:1'],
      ['failed', 'client', '127.0.0.1:1'],
    ]);
    expect(events[3]?.[1].error).to.be.instanceOf(ClosedError);
  });

  it('gives up within one limit, whether it still connects or already negotiates', async () => {
    for (const faults of [{ connectDelayMs: 60_000 }, { connectDelayMs: 999 }, {}]) {
      const { clock, dialer, dial } = await inMemory(faults);
      const dialed = follow(dial());
      await advance(clock, 999);
      expect(dialed.outcome).to.equal(undefined);
      await advance(clock, 1);
      const { error } = dialed.outcome as { error: TimeoutError };
      expect(error).to.be.instanceOf(TimeoutError);
      expect(error).to.include({ limitMs: 1_000, scope: 'stream', retryable: true });
      expect(error.message).to.equal('opening the stream took longer than 1000 ms');
      await settle(clock);
      expect([dialer.links.size, clock.pendingTimers]).to.deep.equal([0, 0]);
    }
  });

  it('counts the time of each attempt from its own start', async () => {
    const { clock, dial } = await inMemory();
    const first = follow(dial());
    await advance(clock, 600);
    const second = follow(dial());
    await advance(clock, 400);
    expect([first.outcome === undefined, second.outcome === undefined]).to.deep.equal([
      false,
      true,
    ]);
    await advance(clock, 600);
    expect(second.outcome).to.have.property('error').that.is.instanceOf(TimeoutError);
  });

  it('watches no time any more once it has negotiated', async () => {
    const { clock, dialer, peers, dial } = await inMemory();
    const dialing = dial();
    await settle(clock);
    peers[0]?.write(encodeNegotiation(NO_FEATURES));
    const { link } = await runUntil(clock, dialing);
    expect(clock.pendingTimers).to.equal(0);
    await advance(clock, 2_000);
    expect([link.phase, dialer.links.size]).to.deep.equal(['open', 1]);
    link.abort(undefined);
  });

  it('gives up what it opens when it is closed, or when a signal fires', async () => {
    for (const faults of [{ connectDelayMs: 500 }, {}]) {
      const { clock, dialer, dial } = await inMemory(faults);
      const controller = new AbortController();
      const one = follow(dial(controller.signal));
      const other = follow(dial());
      await settle(clock);
      const enough = new ClosedError('enough', 'local');
      controller.abort(enough);
      await settle(clock);
      expect(one.outcome).to.deep.equal({ error: enough });
      expect(other.outcome).to.equal(undefined);
      const over = new ClosedError('the client is closed', 'local');
      dialer.close(over);
      await settle(clock);
      expect(other.outcome).to.deep.equal({ error: over });
      expect(await rejectionOf(dial())).to.equal(over);
      expect([dialer.links.size, clock.pendingTimers]).to.deep.equal([0, 0]);
    }
  });
});
