import { expect } from 'chai';

import { decodeError, encodeError } from '../../../lib/document/error-document.ts';
import { CanceledError, StreamClosedError, TimeoutError } from '../../../lib/errors/errors.ts';
import { raw } from '../../../lib/serializer/raw.ts';
import type { SourceSegment } from '../../../lib/stream/lane/source-segment.ts';
import type { Leaks } from '../../../lib/stream/half/leaks.ts';
import { NO_HANDLES } from '../../../lib/serializer/no-handles.ts';
import { ResumedReadings } from '../../../lib/stream/value/resumed-readings.ts';
import { Consumed } from '../../../lib/stream/value/consumed.ts';
import type { ConsumedOwner } from '../../../lib/stream/value/consumed-owner.ts';
import { laneFrame, count, LaneBench, message } from '../../support/lane-bench.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import type { TestEnvironment } from '../../support/test-environment.ts';
import { turns } from '../../support/turns.ts';
import { EOS_FRAME } from '../../support/wire-bytes.ts';

/** A stream of the other side, whose owner and lane the test plays. */
class Accepted implements ConsumedOwner {
  readonly bench: LaneBench = new LaneBench();
  readonly environment: TestEnvironment = this.bench.parent.environment;
  readonly leaks: Leaks = this.bench.parent.leaks;
  readonly itemHandles = NO_HANDLES;
  readonly readings: ResumedReadings = new ResumedReadings(this.environment);
  readonly stalls = { watch: () => {}, unwatch: () => {} };
  readonly consumed: Consumed = new Consumed(this, 4, raw);
  /** What was asked of the owner, in order. */
  readonly asked: unknown[] = [];
  /** What opening it gives. */
  give: () => SourceSegment | Promise<SourceSegment> = () => this.bench.lane.openSource(4);

  open(number: number): SourceSegment | Promise<SourceSegment> {
    this.asked.push(`open ${number}`);
    return this.give();
  }

  release(number: number, reason: unknown): void {
    this.asked.push([`release ${number}`, reason]);
  }

  remove(consumed: Consumed): void {
    expect(consumed).to.equal(this.consumed);
    this.asked.push('remove');
  }
}

describe('Consumed', () => {
  it('L3 asks for nothing until it is opened', async () => {
    const { consumed, asked } = new Accepted();
    await turns(2);
    expect(asked).to.deep.equal([]);
    expect([consumed.isOffered, consumed.half]).to.deep.equal([true, undefined]);
  });

  it('has the error of its call when the caller has given up before it was opened', async () => {
    const givenUp = new TimeoutError('the call', 10, 'call');
    const lost = new Accepted();
    lost.consumed.inputOf = { givenUp, loseInput: () => {} };
    lost.consumed.lose(new Error('the client has left'));
    expect(await rejectionOf(lost.consumed.open())).to.equal(givenUp);
    const unopened = new Accepted();
    unopened.consumed.inputOf = { givenUp, loseInput: () => {} };
    unopened.give = () => Promise.reject(new Error('no way to the client'));
    expect(await rejectionOf(unopened.consumed.open())).to.equal(givenUp);
  });

  it('is opened once, however often it is asked to', async () => {
    const { consumed, asked } = new Accepted();
    const halves = await Promise.all([consumed.open(), consumed.open()]);
    expect(halves[0]).to.equal(halves[1]);
    expect(consumed.half).to.equal(halves[0]);
    expect(consumed.isOffered).to.equal(false);
    expect(asked).to.deep.equal(['open 4', 'remove']);
  });

  it('gives the items, and ends with them', async () => {
    const { consumed, bench } = new Accepted();
    const ended = follow(consumed.ended);
    const half = await consumed.open();
    bench.receive(message('a'), count(1), EOS_FRAME);
    expect(await half.read({})).to.deep.equal([Buffer.from('a')]);
    await turns(1);
    expect(ended.outcome).to.equal(undefined);
    expect(await half.read({})).to.equal(undefined);
    await turns(1);
    expect(ended.outcome).to.deep.equal({ value: undefined });
  });

  it('says why it can’t be opened, each time', async () => {
    const accepted = new Accepted();
    const error = new Error('no room');
    accepted.give = () => Promise.reject(error);
    for (let times = 0; times < 2; times++) {
      expect(await rejectionOf(accepted.consumed.open(), Error)).to.equal(error);
    }
    expect(await rejectionOf(accepted.consumed.ended, Error)).to.equal(error);
    expect(accepted.asked, 'the producer need not wait').to.deep.equal([
      'open 4',
      'remove',
      ['release 4', error],
    ]);
  });

  it('K8 tells a producer nothing that has refused it', async () => {
    const accepted = new Accepted();
    const refusal = decodeError(encodeError(new Error('no such stream')));
    accepted.give = () => Promise.reject(refusal);
    expect(await rejectionOf(accepted.consumed.open(), Error)).to.equal(refusal);
    expect(accepted.asked).to.deep.equal(['open 4', 'remove']);
  });

  describe('that is canceled', () => {
    it('L3 before it was opened releases it, and is never opened', async () => {
      const { consumed, asked } = new Accepted();
      consumed.cancel('not wanted');
      consumed.cancel('again');
      expect(asked).to.deep.equal(['remove', ['release 4', 'not wanted']]);
      const { cause } = await rejectionOf(consumed.open(), StreamClosedError);
      expect(cause).to.be.instanceOf(CanceledError).with.property('cause', 'not wanted');
      await rejectionOf(consumed.ended, StreamClosedError);
      await rejectionOf(consumed.document('headers'), StreamClosedError);
      await rejectionOf(consumed.document('trailers'), StreamClosedError);
    });

    it('while it is opened releases it, and drops what comes then', async () => {
      const accepted = new Accepted();
      const { consumed, asked, bench } = accepted;
      let give: (segment: SourceSegment) => void = () => {};
      accepted.give = () => new Promise((resolve) => (give = resolve));
      const opening = consumed.open();
      consumed.cancel('not wanted');
      expect(asked).to.deep.equal(['open 4', 'remove', ['release 4', 'not wanted']]);
      const segment = bench.lane.openSource(4);
      give(segment);
      await rejectionOf(opening, StreamClosedError);
      expect(segment.sourceState.phase).to.equal('failed');
      bench.receive(message('a'), EOS_FRAME);
      expect(bench.events, 'the lane is free').to.deep.equal(['idle']);
    });

    it('while it is opened keeps its cause when that fails as well', async () => {
      const accepted = new Accepted();
      const { consumed } = accepted;
      let fail: (error: Error) => void = () => {};
      accepted.give = () => new Promise((_resolve, reject) => (fail = reject));
      const opening = follow(consumed.open());
      consumed.cancel('not wanted');
      fail(new Error('no room'));
      await turns(1);
      expect(opening.outcome).to.have.property('error');
      expect((await rejectionOf(consumed.open(), StreamClosedError)).cause).to.be.instanceOf(
        CanceledError,
      );
    });

    it('after it was opened tells the producer over its lane', async () => {
      const { consumed, asked, bench } = new Accepted();
      const half = await consumed.open();
      consumed.cancel('seen enough');
      expect(bench.parent.told).to.have.length(1);
      await rejectionOf(half.read({}), StreamClosedError);
      await rejectionOf(consumed.ended, StreamClosedError);
      expect(asked, 'not by the owner').to.deep.equal(['open 4', 'remove', 'remove']);
    });
  });

  describe('whose connection is gone', () => {
    const CAUSE = new Error('the connection is gone');

    it('K10 fails with the cause where it was not opened', async () => {
      const { consumed, asked } = new Accepted();
      consumed.lose(CAUSE);
      expect((await rejectionOf(consumed.open(), StreamClosedError)).cause).to.equal(CAUSE);
      expect(asked).to.deep.equal(['remove']);
    });

    it('K10 leaves it to its lane where it was', async () => {
      const { consumed, bench } = new Accepted();
      const half = await consumed.open();
      consumed.lose(CAUSE);
      bench.receive(count(0), EOS_FRAME);
      expect(await half.read({})).to.equal(undefined);
      await consumed.ended;
    });
  });

  describe('that nobody holds any more', () => {
    it('L3 is released, which is no leak, where it was not opened', () => {
      const { consumed, asked } = new Accepted();
      expect(consumed.release()).to.equal(false);
      expect(asked[0]).to.equal('remove');
      expect(asked[1]).to.have.property('0', 'release 4');
    });

    it('is aborted, which is one, where it was opened', async () => {
      const { consumed, bench } = new Accepted();
      await consumed.open();
      expect(consumed.release()).to.equal(true);
      expect(bench.parent.told).to.have.length(1);
      expect(consumed.release()).to.equal(false);
    });

    it('is no leak where it has ended', async () => {
      const { consumed, bench } = new Accepted();
      const half = await consumed.open();
      bench.receive(count(0), EOS_FRAME);
      await half.read({});
      expect(consumed.release()).to.equal(false);
      expect(bench.parent.told).to.deep.equal([]);
    });
  });

  it('X5 has headers and trailers when they have come, and nothing when there are none', async () => {
    const document = Buffer.from('a document');
    const { consumed, bench } = new Accepted();
    const trailers = follow(consumed.document('trailers'));
    const half = await consumed.open();
    bench.receive(laneFrame({ type: 'headers', document }));
    expect(await consumed.document('headers')).to.deep.equal(document);
    bench.receive(laneFrame({ type: 'trailers', document }), count(0));
    await turns(1);
    bench.receive(EOS_FRAME);
    expect(await half.read({})).to.equal(undefined);
    await turns(1);
    expect(trailers.outcome).to.deep.equal({ value: document });
    const bare = new Accepted();
    const bareHalf = await bare.consumed.open();
    bare.bench.receive(count(0), EOS_FRAME);
    expect(await bareHalf.read({})).to.equal(undefined);
    expect(await bare.consumed.document('headers')).to.equal(undefined);
    expect(await bare.consumed.document('trailers')).to.equal(undefined);
  });

  describe('with bounds', () => {
    it('X6 is given up when it takes too long from the first demand on', async () => {
      const { consumed, bench, environment } = new Accepted();
      consumed.bounds = { streamTimeoutMs: 100 };
      environment.clock.advance(1_000);
      const half = await consumed.open();
      const reading = follow(half.read({}));
      environment.clock.advance(99);
      await turns(1);
      expect(reading.outcome).to.equal(undefined);
      environment.clock.advance(1);
      await turns(1);
      expect(reading.outcome).to.have.property('error').that.is.instanceOf(TimeoutError);
      expect(bench.parent.told[0]).to.include({ kind: 'stream-cancel', number: 4 });
      expect(environment.clock.pendingTimers).to.equal(0);
    });

    it('X6 is given up by its signal, also while it is opened', async () => {
      const accepted = new Accepted();
      accepted.give = () => new Promise(() => {});
      const controller = new AbortController();
      accepted.consumed.bounds = { signal: controller.signal };
      void accepted.consumed.open().catch(() => {});
      controller.abort('why');
      const error = await rejectionOf(accepted.consumed.ended, CanceledError);
      expect(error.cause).to.equal('why');
      expect(accepted.asked).to.deep.equal(['open 4', 'remove', ['release 4', error]]);
    });

    it('is never opened with a signal that has fired', async () => {
      const { consumed, asked } = new Accepted();
      consumed.bounds = { signal: AbortSignal.abort('why') };
      await rejectionOf(consumed.open(), CanceledError);
      expect(asked).to.not.include('open 4');
    });

    it('leaves no timer behind when it has ended', async () => {
      const { consumed, bench, environment } = new Accepted();
      consumed.bounds = { streamTimeoutMs: 100 };
      const half = await consumed.open();
      bench.receive(count(0), EOS_FRAME);
      await half.read({});
      await turns(1);
      expect(environment.clock.pendingTimers).to.equal(0);
    });
  });

  it('cares nothing for how its call goes, but for its failure', () => {
    const { consumed, asked } = new Accepted();
    consumed.onPassed();
    consumed.onUnsent();
    consumed.setNaming();
    expect(asked).to.deep.equal([]);
    consumed.abort(new Error('the call failed'), 'local');
    expect(asked).to.have.length(2);
  });
});
