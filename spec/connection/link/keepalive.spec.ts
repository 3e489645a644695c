import { expect } from 'chai';

import {
  Keepalive,
  type LivingLink,
  MAX_PINGS_PER_SECOND,
} from '../../../lib/connection/link/keepalive.ts';
import type { Limits } from '../../../lib/settings/limits.ts';
import type { LifeWatch } from '../../../lib/connection/link/link-receiver.ts';
import { ClosedError, ProtocolError, TimeoutError } from '../../../lib/errors/errors.ts';
import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import type { MainMessage } from '../../../lib/wire/main-message.ts';
import { SleepyClock } from '../../support/sleepy-clock.ts';
import { type TestEnvironment, testEnvironment } from '../../support/test-environment.ts';
import { turns } from '../../support/turns.ts';

const INTERVAL_MS = 10_000;
const TIMEOUT_MS = 25_000;

/** A main connection of which there is only what its keepalive sees and does. */
class Bench implements LivingLink {
  phase: LivingLink['phase'] = 'open';
  isPaused = false;
  unsentBytes = 0;
  life: LifeWatch | undefined;
  readonly writer = { isFull: false };
  readonly said: string[] = [];
  cause: unknown;
  readonly environment: TestEnvironment;
  readonly keepalive: Keepalive;

  constructor(limits: Partial<Limits> = {}, clock: ManualClock = new ManualClock()) {
    this.environment = testEnvironment(limits, { clock });
    this.keepalive = new Keepalive(this.environment, this, this);
    this.keepalive.start();
  }

  reset(cause: unknown): void {
    this.phase = 'closed';
    this.cause = cause;
    this.keepalive.onClosed();
  }

  tellPeer(message: MainMessage): void {
    const number = message.kind === 'ping' || message.kind === 'pong' ? ` ${message.number}` : '';
    this.said.push(`${message.kind}${number}`);
  }

  /** Time passes, and then a turn of the loop. */
  async pass(ms: number): Promise<void> {
    this.environment.clock.advance(ms);
    await turns(1);
  }

  /** The peer answers the ping of that number. */
  answer(number: number): void {
    this.keepalive.onReceived();
    this.keepalive.onMessage({ kind: 'pong', number });
  }
}

describe('connection/keepalive', () => {
  describe('asking', () => {
    it('B2-30 pings by default a peer that was silent for pingIntervalMs, and not before', async () => {
      const bench = new Bench();
      await bench.pass(INTERVAL_MS - 1);
      expect(bench.said).to.deep.equal([]);
      await bench.pass(1);
      expect(bench.said).to.deep.equal(['ping 1']);
    });

    it('counts the time from the last byte', async () => {
      const bench = new Bench();
      await bench.pass(9_000);
      bench.keepalive.onReceived();
      await bench.pass(9_999);
      expect(bench.said).to.deep.equal([]);
      await bench.pass(1);
      expect(bench.said).to.deep.equal(['ping 1']);
    });

    it('has one timer, however much comes', async () => {
      const bench = new Bench();
      const { clock } = bench.environment;
      for (let count = 0; count < 1_000; count++) {
        bench.keepalive.onReceived();
        clock.advance(1);
      }
      expect(clock.pendingTimers).to.equal(1);
      await bench.pass(INTERVAL_MS);
      expect(clock.pendingTimers).to.equal(1);
    });

    it('B2-6 goes on for as long as the peer answers', async () => {
      const bench = new Bench();
      for (let number = 1; number <= 100; number++) {
        await bench.pass(INTERVAL_MS);
        bench.answer(number);
        await bench.pass(TIMEOUT_MS - INTERVAL_MS);
      }
      expect(bench.cause).to.equal(undefined);
      expect(bench.said.at(-1)).to.equal('ping 101');
    });

    it('measures the round trip from the ping itself to its answer', async () => {
      const bench = new Bench();
      const { clock } = bench.environment;
      bench.answer(0);
      expect(bench.keepalive.roundTripMs).to.equal(undefined);
      await bench.pass(INTERVAL_MS);
      clock.advance(30);
      bench.answer(1);
      expect(bench.keepalive.roundTripMs).to.equal(30);
      clock.advance(5);
      bench.answer(1);
      expect(bench.keepalive.roundTripMs, 'a second answer').to.equal(30);
    });

    it('F4 takes no word that it did not ask for, and no other number, for an answer', async () => {
      const bench = new Bench();
      const answered: string[] = [];
      bench.answer(0);
      bench.keepalive.whenAnswered(() => answered.push('asked'));
      bench.environment.clock.advance(30);
      for (const number of [0, 2, 7]) bench.answer(number);
      expect(answered).to.deep.equal([]);
      expect(bench.keepalive.roundTripMs).to.equal(undefined);
      bench.answer(1);
      expect(answered).to.deep.equal(['asked']);
      expect(bench.keepalive.roundTripMs).to.equal(30);
    });

    it('sends no ping behind one that has no answer, though other things come', async () => {
      const bench = new Bench();
      await bench.pass(INTERVAL_MS);
      for (let count = 0; count < 10; count++) {
        bench.keepalive.onReceived();
        await bench.pass(INTERVAL_MS);
        await bench.pass(5_000);
      }
      expect(bench.said).to.deep.equal(['ping 1']);
      expect(bench.phase).to.equal('open');
    });

    it('B2-7 asks nobody where pingIntervalMs is 0', async () => {
      const bench = new Bench({ pingIntervalMs: 0 });
      expect(bench.environment.clock.pendingTimers).to.equal(0);
      expect(bench.life).to.equal(undefined);
    });

    it('leaves no timer behind a link that closes, or that is closed', () => {
      const bench = new Bench();
      bench.reset(undefined);
      expect(bench.environment.clock.pendingTimers).to.equal(0);
      bench.keepalive.start();
      expect(bench.environment.clock.pendingTimers).to.equal(0);
    });

    it('asks nobody any more whose link is about to close', async () => {
      const bench = new Bench();
      bench.phase = 'closing';
      await bench.pass(INTERVAL_MS);
      expect(bench.said).to.deep.equal([]);
      expect(bench.environment.clock.pendingTimers).to.equal(0);
    });
  });

  describe('judging', () => {
    it('F4, F14 gives a peer up that was silent for pingTimeoutMs, with a cause that names the option', async () => {
      const bench = new Bench();
      await bench.pass(INTERVAL_MS);
      await bench.pass(TIMEOUT_MS - INTERVAL_MS - 1);
      expect(bench.phase).to.equal('open');
      await bench.pass(1);
      expect(bench.cause).to.be.instanceOf(ClosedError).and.include({ retryable: true });
      const { message, cause } = bench.cause as ClosedError;
      expect(message).to.equal(
        'the connection was lost: a sign of life from the peer (limits.pingTimeoutMs) took longer than 25000 ms',
      );
      expect(cause).to.be.instanceOf(TimeoutError).and.include({ limitMs: TIMEOUT_MS });
    });

    it('F4 takes any byte for a sign of life', async () => {
      const bench = new Bench();
      await bench.pass(INTERVAL_MS);
      bench.keepalive.onReceived();
      await bench.pass(TIMEOUT_MS - INTERVAL_MS);
      expect(bench.phase).to.equal('open');
    });

    it('F4 takes it for a sign of life that the kernel has room again, and not that it had some all along', async () => {
      const bench = new Bench();
      bench.unsentBytes = 1_000_000;
      await bench.pass(INTERVAL_MS);
      bench.unsentBytes -= 1;
      await bench.pass(TIMEOUT_MS - INTERVAL_MS);
      expect(bench.phase, 'some of a large write went out').to.equal('open');
      await bench.pass(INTERVAL_MS);
      bench.keepalive.onDrained();
      bench.unsentBytes = 2_000_000;
      await bench.pass(TIMEOUT_MS - INTERVAL_MS);
      expect(bench.phase, 'all of it went out, and more was written').to.equal('open');
      await bench.pass(INTERVAL_MS);
      await bench.pass(TIMEOUT_MS - INTERVAL_MS);
      expect(bench.phase, 'nothing went out').to.equal('closed');

      const other = new Bench();
      await other.pass(INTERVAL_MS);
      other.keepalive.onDrained();
      await other.pass(TIMEOUT_MS - INTERVAL_MS);
      expect(other.phase, 'the kernel took the ping').to.equal('closed');
    });

    it('F22 reads what has come before it judges', async () => {
      const bench = new Bench();
      await bench.pass(INTERVAL_MS);
      bench.environment.clock.advance(TIMEOUT_MS);
      process.nextTick(() => bench.answer(1));
      await turns(1);
      expect(bench.phase).to.equal('open');
    });

    it('F22 takes the time in which it could not even ask for no silence of the peer', async () => {
      const bench = new Bench();
      await bench.pass(3_600_000);
      expect(bench.said).to.deep.equal(['ping 1']);
      expect(bench.phase).to.equal('open');
    });

    it('F22 asks again when its own turn took too long', async () => {
      const bench = new Bench();
      await bench.pass(INTERVAL_MS);
      // The clock goes on between the timer and the turn that follows it.
      await bench.pass(3_600_000);
      expect(bench.phase).to.equal('open');
      await bench.pass(TIMEOUT_MS - INTERVAL_MS);
      expect(bench.phase).to.equal('closed');
    });

    it('F22 asks before it judges when its machine has slept, whether a ping was under way or not', async () => {
      for (const isPinged of [true, false]) {
        const clock = new SleepyClock();
        const bench = new Bench({}, clock);
        await bench.pass(isPinged ? INTERVAL_MS : 5_000);
        clock.sleep(3_600_000);
        await bench.pass(isPinged ? TIMEOUT_MS - INTERVAL_MS : 5_000);
        expect([bench.phase, bench.said]).to.deep.equal(['open', ['ping 1']]);
        bench.answer(1);
        await bench.pass(TIMEOUT_MS - INTERVAL_MS);
        expect([bench.phase, bench.said.at(-1)]).to.deep.equal(['open', 'ping 2']);
        clock.sleep(3_600_000);
        await bench.pass(TIMEOUT_MS - INTERVAL_MS);
        expect(bench.phase, 'it has slept again').to.equal('open');
        await bench.pass(TIMEOUT_MS - INTERVAL_MS);
        expect(bench.phase, 'no answer').to.equal('closed');
      }
    });

    it('F4 says that it lives while it reads nothing, and judges nobody then', async () => {
      const bench = new Bench();
      bench.isPaused = true;
      for (let count = 0; count < 10; count++) await bench.pass(INTERVAL_MS);
      expect(bench.said).to.deep.equal(Array.from({ length: 10 }, () => 'pong 0'));
      bench.isPaused = false;
      await bench.pass(INTERVAL_MS);
      expect(bench.said.at(-1)).to.equal('ping 1');
      expect(bench.phase).to.equal('open');
    });

    it('F4 gives a peer up that takes nothing, though nothing is read either', async () => {
      const bench = new Bench();
      bench.isPaused = true;
      bench.unsentBytes = 1;
      await bench.pass(INTERVAL_MS);
      await bench.pass(TIMEOUT_MS - INTERVAL_MS);
      expect(bench.phase).to.equal('closed');
    });
  });

  describe('asking for others', () => {
    it('F4 pings at once, and tells all that asked meanwhile by the next answer', () => {
      const bench = new Bench();
      const answered: string[] = [];
      bench.keepalive.whenAnswered(() => answered.push('first'));
      expect(bench.said).to.deep.equal(['ping 1']);
      bench.keepalive.whenAnswered(() => answered.push('second'));
      bench.keepalive.whenAnswered(() => answered.push('third'));
      bench.answer(1);
      expect(answered).to.deep.equal(['first']);
      expect(bench.said).to.deep.equal(['ping 1', 'ping 2']);
      bench.answer(2);
      expect(answered).to.deep.equal(['first', 'second', 'third']);
    });

    it('answers itself where the peer would take more pings for a flood', () => {
      const bench = new Bench();
      let answered = 0;
      for (let asked = 0; asked < 200; asked++) {
        bench.keepalive.whenAnswered(() => answered++);
        if (asked < bench.said.length) bench.answer(asked + 1);
      }
      expect(answered).to.equal(200);
      expect(bench.said.length).to.be.below((MAX_PINGS_PER_SECOND * 10) / 2);
    });
  });

  describe('answering', () => {
    it('gives each ping its number back, also where it asks nobody itself', () => {
      const bench = new Bench({ pingIntervalMs: 0 });
      for (const number of [1, 7, Number.MAX_SAFE_INTEGER]) {
        bench.keepalive.onMessage({ kind: 'ping', number });
      }
      expect(bench.said).to.deep.equal(['pong 1', 'pong 7', `pong ${Number.MAX_SAFE_INTEGER}`]);
    });

    it('does not pile answers up for a peer that takes nothing', () => {
      const bench = new Bench();
      bench.writer.isFull = true;
      bench.unsentBytes = 1;
      bench.keepalive.onMessage({ kind: 'ping', number: 1 });
      expect(bench.said).to.deep.equal([]);
    });

    it('F4 answers the last ping of a peer that took nothing, once it has taken what was sent', () => {
      const bench = new Bench();
      bench.writer.isFull = true;
      bench.unsentBytes = 1;
      for (const number of [1, 2]) bench.keepalive.onMessage({ kind: 'ping', number });
      bench.unsentBytes = 0;
      bench.keepalive.onDrained();
      bench.keepalive.onDrained();
      expect(bench.said).to.deep.equal(['pong 2']);
    });

    it('answers behind bytes that wait for the end of the turn, of however many there are', () => {
      const bench = new Bench();
      bench.writer.isFull = true;
      bench.keepalive.onMessage({ kind: 'ping', number: 1 });
      expect(bench.said).to.deep.equal(['pong 1']);
    });

    it('ends the connection of a peer that sends too many', async () => {
      const bench = new Bench();
      const burst = (count: number): void => {
        for (let number = 1; number <= count; number++) {
          bench.keepalive.onMessage({ kind: 'ping', number });
        }
      };
      burst(MAX_PINGS_PER_SECOND * 10);
      await bench.pass(10_000);
      burst(MAX_PINGS_PER_SECOND * 10);
      expect(() => burst(1)).to.throw(ProtocolError, 'more than 10 pings a second');
    });
  });
});
