import { expect } from 'chai';

import type { Limits } from '../../../lib/settings/limits.ts';
import { Link } from '../../../lib/connection/link/link.ts';
import {
  type Negotiation,
  readNegotiation,
} from '../../../lib/connection/handshake/negotiation.ts';
import {
  ClosedError,
  MessageTooLargeError,
  ProtocolError,
  TimeoutError,
} from '../../../lib/errors/errors.ts';
import { everySplit, hex } from '../../support/chunks.ts';
import { ScriptedSocket } from '../../support/scripted-socket.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';
import { testEnvironment, type TestEnvironment } from '../../support/test-environment.ts';
import { negotiation, u32le } from '../../support/wire-bytes.ts';

interface Bench {
  readonly socket: ScriptedSocket;
  readonly link: Link;
  readonly environment: TestEnvironment;
  readonly outcome: Promise<Negotiation>;
}

function begin(limits: Partial<Limits> = {}): Bench {
  const socket = new ScriptedSocket();
  const environment = testEnvironment(limits);
  const link = new Link(socket, environment, 1_000);
  return { socket, link, environment, outcome: readNegotiation(link, environment) };
}

describe('connection/negotiation', () => {
  it('S-W1, F10 reads the frame at every split, stops reading, and keeps what came behind it', async () => {
    const frame = Buffer.concat([negotiation([1]), hex('cafe')]);
    for (const slices of everySplit(frame)) {
      const { socket, environment, outcome } = begin();
      for (const slice of slices) socket.handlers.onData(slice);
      const { features, takeRest } = await outcome;
      expect(features.hasTimeout).to.equal(true);
      expect(takeRest().toString('hex')).to.equal('cafe');
      expect(socket.calls).to.deep.equal(['attach', 'pause']);
      expect(environment.clock.pendingTimers).to.equal(0);
    }
  });

  it('F5, E2 is over at handshakeTimeoutMs, however steadily bytes come', async () => {
    const { socket, environment, outcome } = begin({ handshakeTimeoutMs: 10_000 });
    const followed = follow(outcome);
    const frame = negotiation([99, Buffer.alloc(100)]);
    for (const byte of frame.subarray(0, 9)) {
      environment.clock.advance(1_000);
      socket.handlers.onData(Buffer.of(byte));
    }
    environment.clock.advance(999);
    await turns(1);
    expect(followed.outcome).to.equal(undefined);
    environment.clock.advance(1);
    expect(await rejectionOf(outcome, TimeoutError)).to.include({
      limitMs: 10_000,
      scope: 'connection',
    });
  });

  it('F2 says where the peer’s end came', async () => {
    const before = begin();
    before.socket.handlers.onEnd();
    expect((await rejectionOf(before.outcome, ClosedError)).message).to.match(
      /unexpected eof: .*before it negotiated/,
    );
    const frame = negotiation([1]);
    for (let bytes = 1; bytes < frame.length; bytes++) {
      const within = begin();
      within.socket.handlers.onData(frame.subarray(0, bytes));
      within.socket.handlers.onEnd();
      within.socket.handlers.onClose(undefined);
      expect((await rejectionOf(within.outcome, ClosedError)).message).to.match(
        /unexpected eof: .*inside its negotiation frame/,
      );
    }
  });

  it('F1 says what the system said', async () => {
    const { socket, outcome } = begin();
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    socket.handlers.onClose(reset);
    expect((await rejectionOf(outcome, ClosedError)).cause).to.equal(reset);
  });

  it('F6, F7 rejects a frame as soon as it is wrong, and leaves the closing to its caller', async () => {
    for (const [bytes, kind] of [
      [Buffer.concat([hex('5353544152525043'), u32le(65_537)]), MessageTooLargeError],
      [Buffer.from('GET / HTTP/1.1\r\n'), ProtocolError],
      [negotiation([2, hex('01020304050607')]), ProtocolError],
    ] as const) {
      const { socket, environment, outcome } = begin();
      socket.handlers.onData(bytes);
      expect(await rejectionOf(outcome)).to.be.instanceOf(kind);
      socket.handlers.onData(hex('00'));
      socket.handlers.onEnd();
      socket.handlers.onClose(undefined);
      expect(socket.calls).to.deep.equal(['attach']);
      expect(environment.clock.pendingTimers).to.equal(0);
    }
  });

  it('tells of a link that we closed ourselves', async () => {
    const { link, outcome } = begin();
    link.abort(new Error('enough'));
    expect(await rejectionOf(outcome, ClosedError)).to.include({ initiator: 'local' });
  });
});
