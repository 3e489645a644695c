import { expect } from 'chai';

import type { ConnectionEvent } from '../../../lib/diagnostics/connection-channels.ts';
import { Link } from '../../../lib/connection/link/link.ts';
import type { LinkReceiver } from '../../../lib/connection/link/link-receiver.ts';
import { LinkUse } from '../../../lib/connection/link/link-use.ts';
import type { Limits } from '../../../lib/settings/limits.ts';
import { ClosedError, ProtocolError, TimeoutError } from '../../../lib/errors/errors.ts';
import { published } from '../../support/published.ts';
import { ScriptedSocket } from '../../support/scripted-socket.ts';
import { turns } from '../../support/turns.ts';
import { testEnvironment, type TestEnvironment } from '../../support/test-environment.ts';

class Receiver implements LinkReceiver {
  readonly events: string[] = [];

  onData(chunk: Buffer): void {
    this.events.push(chunk.toString('hex'));
  }

  onEnd(): void {
    this.events.push('end');
  }

  onClose(): void {
    this.events.push('close');
  }
}

interface Bench {
  readonly socket: ScriptedSocket;
  readonly link: Link;
  readonly receiver: Receiver;
  readonly environment: TestEnvironment;
}

/** A link that reads, over a socket that the test plays. */
function open(limits: Partial<Limits> = {}): Bench {
  const socket = new ScriptedSocket();
  const environment = testEnvironment(limits);
  const link = new Link(socket, environment, 1_000);
  const receiver = new Receiver();
  link.start(receiver);
  socket.calls.length = 0;
  return { socket, link, receiver, environment };
}

const CAUSE = new ClosedError('the test is over', 'local');

describe('connection/link', () => {
  it('tells its receiver what comes, and the close once and last', async () => {
    const { socket, link, receiver } = open();
    let closed = 0;
    link.onClosed = () => closed++;
    socket.handlers.onData(Buffer.of(1));
    socket.handlers.onEnd();
    expect(link.isPeerEnded).to.equal(true);
    socket.handlers.onClose(undefined);
    socket.handlers.onClose(new Error('again'));
    expect(receiver.events).to.deep.equal(['01', 'end', 'close']);
    expect(link.cause).to.be.instanceOf(ClosedError).and.include({ initiator: 'remote' });
    expect([link.phase, closed]).to.deep.equal(['closed', 1]);
    link.abort(CAUSE);
    link.close(CAUSE);
    link.end();
    expect(socket.calls).to.deep.equal([]);
  });

  it('counts what the kernel has yet to take, also what waits for earlier bytes', () => {
    const { socket, link } = open();
    socket.isTaking = false;
    for (const byte of [1, 2]) {
      link.writer.writeUncompressed(Buffer.of(byte));
      link.writer.flush();
    }
    expect([link.waitingBytes, link.unsentBytes]).to.deep.equal([2, 1]);
    socket.handlers.onDrain();
    expect([link.waitingBytes, link.unsentBytes]).to.deep.equal([1, 1]);
  });

  it('F4 resets when it is aborted while bytes wait for the kernel, as the peer takes none', () => {
    const { socket, link } = open();
    socket.isTaking = false;
    link.writer.writeUncompressed(Buffer.of(1));
    link.writer.flush();
    link.abort(CAUSE);
    expect(socket.calls.at(-1)).to.equal('reset');
    expect(link.cause).to.equal(CAUSE);
  });

  it('F1 says what the system said, and passes on errors of our own as they are', () => {
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    const lost = open();
    lost.socket.handlers.onClose(reset);
    expect(lost.link.cause).to.be.instanceOf(ClosedError);
    expect(lost.link.cause).to.include({ initiator: 'transport', cause: reset });
    const ours = open();
    const error = new ProtocolError('nonsense');
    ours.socket.handlers.onClose(error);
    expect(ours.link.cause).to.equal(error);
  });

  it('counts the bytes that come, and for how long it was not read', () => {
    const { link, socket, environment } = open();
    const { clock } = environment;
    socket.handlers.onData(Buffer.of(1, 2));
    clock.advance(1);
    link.resume();
    link.pause();
    clock.advance(2);
    link.pause();
    socket.handlers.onData(Buffer.of(3));
    expect([link.isPaused, link.pausedMs], 'while it is paused').to.deep.equal([true, 2]);
    clock.advance(4);
    link.resume();
    clock.advance(8);
    expect([link.isPaused, link.pausedMs]).to.deep.equal([false, 6]);
    expect([link.receivedBytes, link.ageMs]).to.deep.equal([3, 15]);
  });

  it('X11 tells its end once, without a cause if that was in order', async () => {
    const events = await published<ConnectionEvent>(['sluice:child:end'], () => {
      for (const [cause, error] of [
        [undefined, undefined],
        [CAUSE, undefined],
        [undefined, new Error('reset')],
      ] as const) {
        const { link, socket } = open();
        link.adopt(new LinkUse('child', 'client', 5n));
        if (cause !== undefined) link.abort(cause);
        socket.handlers.onClose(error);
        socket.handlers.onClose(error);
      }
    });
    expect(events.map(([, { cause }]) => cause)).to.deep.equal([
      undefined,
      CAUSE,
      new Error('reset'),
    ]);
  });

  it('X11 tells the end of a link that was closed before it was of use', async () => {
    const names = ['sluice:lane:open', 'sluice:lane:end'];
    const events = await published<ConnectionEvent>(names, () => {
      const { link, socket } = open();
      socket.handlers.onClose(undefined);
      link.adopt(new LinkUse('lane', 'client', 5n));
    });
    expect(events.map(([name]) => name)).to.deep.equal(names);
  });

  it('keeps the first cause', async () => {
    const { link } = open();
    link.close(CAUSE);
    link.abort(new Error('later'));
    await turns(1);
    expect(link.phase).to.equal('closed');
    expect(link.cause).to.equal(CAUSE);
  });

  it('tells a new receiver of an end and a close that have happened', () => {
    const { socket, link } = open();
    socket.handlers.onEnd();
    const second = new Receiver();
    link.handOver(second);
    expect(second.events).to.deep.equal(['end']);
    socket.handlers.onClose(undefined);
    const third = new Receiver();
    link.handOver(third);
    expect(third.events).to.deep.equal(['end', 'close']);
  });

  describe('end', () => {
    it('ends our direction behind what was written, once', async () => {
      const { socket, link } = open();
      link.writer.writeUncompressed(Buffer.of(0xca, 0xfe));
      link.end();
      link.end();
      expect(socket.calls).to.deep.equal(['write cafe', 'end']);
      expect(link.phase).to.equal('ended');
    });

    it('waits until the kernel has taken what was written', async () => {
      const { socket, link } = open();
      socket.isTaking = false;
      link.writer.writeUncompressed(Buffer.of(0xca, 0xfe));
      link.end();
      await turns(1);
      expect(socket.calls).to.deep.equal(['write cafe']);
      socket.handlers.onDrain();
      await turns(1);
      expect(socket.calls).to.deep.equal(['write cafe', 'end']);
    });

    it('reads on', () => {
      const { socket, link, receiver } = open();
      link.end();
      socket.handlers.onData(Buffer.of(5));
      expect(receiver.events).to.deep.equal(['05']);
    });
  });

  describe('discard', () => {
    it('ends our direction, reads on and drops what comes, so that the kernel sends no reset', () => {
      const { socket, link, receiver } = open();
      link.close(CAUSE);
      socket.handlers.onData(Buffer.alloc(100));
      socket.handlers.onEnd();
      expect(socket.calls).to.deep.equal(['end', 'resume']);
      expect(receiver.events).to.deep.equal([]);
      socket.handlers.onClose(undefined);
      expect(receiver.events).to.deep.equal(['close']);
      expect(link.cause).to.equal(CAUSE);
    });

    it('E2 takes lingerBytes and resets at one byte more', async () => {
      const { socket, link } = open({ lingerBytes: 100 });
      link.close(CAUSE);
      socket.handlers.onData(Buffer.alloc(99));
      socket.handlers.onData(Buffer.alloc(1));
      expect(socket.calls).not.to.include('reset');
      socket.handlers.onData(Buffer.alloc(1));
      expect(socket.calls).to.include('reset');
      await turns(1);
    });

    it('E2 waits for the peer’s end for lingerMs, then it resets', async () => {
      const { socket, link, environment } = open({ lingerMs: 100 });
      link.close(CAUSE);
      environment.clock.advance(99);
      expect(socket.calls).not.to.include('reset');
      environment.clock.advance(1);
      expect(socket.calls).to.include('reset');
      await turns(1);
      expect(environment.clock.pendingTimers).to.equal(0);
    });

    it('E2 lingers no longer behind what goes out at once', async () => {
      const { socket, link, environment } = open({ lingerMs: 100, finishTimeoutMs: 1_000 });
      link.writer.writeUncompressed(Buffer.of(1));
      link.close(CAUSE);
      expect(socket.calls).to.deep.equal(['write 01', 'end', 'resume']);
      environment.clock.advance(99);
      expect(socket.calls).not.to.include('reset');
      environment.clock.advance(1);
      expect(socket.calls).to.include('reset');
      await turns(1);
      expect(environment.clock.pendingTimers).to.equal(0);
    });

    it('gives what was written more time to go out, and lingers behind it', async () => {
      const { socket, link, environment } = open({ lingerMs: 100, finishTimeoutMs: 1_000 });
      socket.isTaking = false;
      link.writer.writeUncompressed(Buffer.of(1));
      link.writer.flush();
      link.close(CAUSE);
      environment.clock.advance(999);
      expect(socket.calls).to.deep.equal(['write 01', 'resume']);
      socket.handlers.onDrain();
      await turns(1);
      expect(socket.calls.at(-1)).to.equal('end');
      environment.clock.advance(99);
      expect(socket.calls.at(-1)).to.equal('end');
      environment.clock.advance(1);
      expect(socket.calls.at(-1)).to.equal('reset');
      await turns(1);
    });

    it('leaves no timer when the socket closes by itself', () => {
      const { socket, link, environment } = open();
      link.close(CAUSE);
      link.close(CAUSE);
      socket.handlers.onClose(undefined);
      expect(environment.clock.pendingTimers).to.equal(0);
    });

    it('takes over from an end that was under way', () => {
      const { socket, link, receiver } = open();
      link.end();
      link.close(CAUSE);
      socket.handlers.onData(Buffer.of(1));
      expect(socket.calls).to.deep.equal(['end', 'resume']);
      expect(receiver.events).to.deep.equal([]);
    });
  });

  describe('F4 a peer that takes nothing', () => {
    async function blocked(limitMs: number): Promise<Bench> {
      const bench = open({ writeStallTimeoutMs: limitMs });
      bench.socket.isTaking = false;
      bench.link.writer.writeUncompressed(Buffer.of(1));
      bench.link.writer.flush();
      return bench;
    }

    it('F4 closes at writeStallTimeoutMs and not before', async () => {
      const { socket, link, environment } = await blocked(100);
      environment.clock.advance(99);
      expect(socket.calls).not.to.include('destroy');
      environment.clock.advance(1);
      await turns(1);
      expect(link.cause).to.be.instanceOf(TimeoutError).and.include({ limitMs: 100 });
    });

    it('F4 takes progress and received bytes for signs of life', async () => {
      const { socket, environment } = await blocked(100);
      for (const sign of [
        () => socket.handlers.onProgress(),
        () => socket.handlers.onData(Buffer.of(1)),
      ]) {
        environment.clock.advance(99);
        sign();
      }
      environment.clock.advance(99);
      expect(socket.calls).not.to.include('destroy');
      socket.handlers.onDrain();
      environment.clock.advance(1_000);
      expect(socket.calls).not.to.include('destroy');
    });

    it('F4 waits for ever by default', async () => {
      const { environment } = await blocked(0);
      expect(environment.clock.pendingTimers).to.equal(0);
    });
  });
});
