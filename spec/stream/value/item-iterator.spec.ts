import { expect } from 'chai';

import { StreamClosedError } from '../../../lib/errors/errors.ts';
import { ItemIterator } from '../../../lib/stream/value/item-iterator.ts';
import { raw } from '../../../lib/serializer/raw.ts';
import { ResumedReadings } from '../../../lib/stream/value/resumed-readings.ts';
import { Consumed } from '../../../lib/stream/value/consumed.ts';
import { NO_HANDLES } from '../../../lib/serializer/no-handles.ts';
import type { SourceSegment } from '../../../lib/stream/lane/source-segment.ts';
import { count, LaneBench, message } from '../../support/lane-bench.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';
import { EOS_FRAME } from '../../support/wire-bytes.ts';

const DONE = { done: true, value: undefined };

function item(text: string): object {
  return { done: false, value: Buffer.from(text) };
}

/** An iterator over a stream of bytes, and the lane that it comes by. */
function iterate(open?: () => Promise<SourceSegment>): {
  iterator: ItemIterator<Uint8Array>;
  consumed: Consumed;
  bench: LaneBench;
  released: unknown[];
} {
  const bench = new LaneBench();
  const released: unknown[] = [];
  const { environment, leaks } = bench.parent;
  const consumed = new Consumed(
    {
      environment,
      leaks,
      itemHandles: NO_HANDLES,
      readings: new ResumedReadings(environment),
      stalls: { watch: () => {}, unwatch: () => {} },
      open: open ?? (() => bench.lane.openSource(4)),
      release: (_number, reason) => void released.push(reason),
      remove: () => {},
    },
    4,
    raw,
  );
  return { iterator: new ItemIterator({}, consumed), consumed, bench, released };
}

describe('ItemIterator', () => {
  it('L3 opens its stream at the first next', async () => {
    const { iterator, consumed } = iterate();
    expect(iterator[Symbol.asyncIterator]()).to.equal(iterator);
    expect(consumed.isOffered).to.equal(true);
    void iterator.next();
    expect(consumed.isOffered).to.equal(false);
  });

  it('gives the items in order, also to several that wait, then the end to all', async () => {
    const { iterator, bench } = iterate();
    const steps = Array.from({ length: 4 }, () => iterator.next());
    await turns(1);
    bench.receive(message('a'), message('b'), count(2), EOS_FRAME);
    expect(await Promise.all(steps)).to.deep.equal([item('a'), item('b'), DONE, DONE]);
    expect(await iterator.next()).to.deep.equal(DONE);
  });

  it('fails a step whose iteration is left when the stream is just open', async () => {
    // The step learns of the open stream some microtasks after the stream does.
    for (let ticks = 0; ticks < 12; ticks++) {
      const { iterator } = iterate();
      const step = follow(iterator.next());
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
      await iterator.return();
      await turns(1);
      expect(step.outcome, `after ${ticks} ticks`)
        .to.have.property('error')
        .that.is.instanceOf(StreamClosedError);
    }
  });

  it('gives at once what has come', async () => {
    const { iterator, bench } = iterate();
    const first = iterator.next();
    await turns(1);
    bench.receive(message('a'), message('b'), count(2), EOS_FRAME);
    expect(await first).to.deep.equal(item('a'));
    expect(await iterator.next()).to.deep.equal(item('b'));
    expect(await iterator.next()).to.deep.equal(DONE);
  });

  it('throws an error once, and is done then', async () => {
    for (const isWaiting of [true, false]) {
      const { iterator, bench } = iterate();
      const first = iterator.next();
      await turns(1);
      bench.receive(message('a'));
      await first;
      const waiting = isWaiting ? [iterator.next(), iterator.next()] : [];
      const outcomes = waiting.map((step) => follow(step));
      bench.receive(EOS_FRAME);
      await turns(1);
      if (isWaiting) {
        expect(outcomes[0]?.outcome).to.have.property('error');
        expect(outcomes[1]?.outcome).to.deep.equal({ value: DONE });
      } else await rejectionOf(iterator.next());
      expect(await iterator.next()).to.deep.equal(DONE);
    }
  });

  it('throws what opening fails with, once', async () => {
    const error = new Error('no room');
    const { iterator } = iterate(() => Promise.reject(error));
    const steps = [follow(iterator.next()), follow(iterator.next())];
    await turns(1);
    expect(steps[0]?.outcome).to.deep.equal({ error });
    expect(steps[1]?.outcome).to.deep.equal({ value: DONE });
  });

  it('B2-9, K8 is left silently, at any time', async () => {
    const unopened = iterate();
    expect(await unopened.iterator.return()).to.deep.equal(DONE);
    expect(unopened.released).to.have.length(1);
    expect(await unopened.iterator.next()).to.deep.equal(DONE);
    expect(await unopened.iterator.return()).to.deep.equal(DONE);
    expect(unopened.released).to.have.length(1);

    const opening = iterate(() => new Promise(() => {}));
    const step = opening.iterator.next();
    await opening.iterator.return();
    await turns(1);
    expect(opening.released).to.have.length(1);
    await rejectionOf(step, StreamClosedError);

    const waiting = iterate();
    const next = waiting.iterator.next();
    await turns(1);
    await waiting.iterator.return();
    await rejectionOf(next, StreamClosedError);
    expect(waiting.bench.parent.told).to.have.length(1);
  });

  it('B2-9 fails all steps that wait when it is left: none takes that for the end', async () => {
    const { iterator } = iterate();
    const steps = [iterator.next(), iterator.next()].map(follow);
    await turns(1);
    steps.push(follow(iterator.next()));
    await turns(1);
    await iterator.return();
    await turns(1);
    for (const { outcome } of steps) {
      expect(outcome).to.have.nested.property('error.code', 'ERR_STREAM_CLOSED');
    }
    expect(await iterator.next()).to.deep.equal(DONE);
  });

  it('leaves no unhandled rejection when a step that nobody waits for fails by that', async () => {
    const opened = iterate();
    void opened.iterator.next();
    void opened.iterator.next();
    await turns(1);
    void opened.iterator.next();
    await opened.iterator.return();
    const opening = iterate(() => new Promise(() => {}));
    void opening.iterator.next();
    await opening.iterator.return();
    await turns(2);
    await rejectionOf(opened.consumed.ended, StreamClosedError);
  });

  it('gives an item that had come before it was left', async () => {
    const { iterator, bench } = iterate();
    const step = iterator.next();
    await turns(1);
    bench.receive(message('a'));
    await iterator.return();
    expect(await step).to.deep.equal(item('a'));
  });

  it('takes a reason from adapters that leave it', async () => {
    const reason = new Error('the reader is gone');
    const { iterator, released } = iterate();
    await iterator.return(reason);
    expect(released).to.deep.equal([reason]);
  });

  it('K8 is left by throw with its error as the reason, and throws it', async () => {
    const error = new Error('not this way');
    const { iterator, released } = iterate();
    expect(await rejectionOf(iterator.throw(error), Error)).to.equal(error);
    expect(released).to.deep.equal([error]);
    expect(await iterator.next()).to.deep.equal(DONE);
  });

  it('X6 gives the stream up when an item does not come in time', async () => {
    const { iterator, consumed, bench } = iterate();
    consumed.bounds = { receiveTimeoutMs: 100 };
    const step = follow(iterator.next());
    await turns(1);
    bench.parent.environment.clock.advance(100);
    await turns(1);
    expect(step.outcome).to.have.nested.property('error.code', 'ERR_TIMEOUT');
    expect(bench.parent.told[0]).to.include({ kind: 'stream-cancel' });
    expect(await iterator.next()).to.deep.equal(DONE);
    await rejectionOf(consumed.ended);
  });

  it('fails when the stream was canceled otherwise', async () => {
    const { iterator, consumed } = iterate();
    consumed.cancel('not wanted');
    await rejectionOf(iterator.next(), StreamClosedError);
    expect(await iterator.next()).to.deep.equal(DONE);
  });
});
