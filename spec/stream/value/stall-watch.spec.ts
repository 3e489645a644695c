import { expect } from 'chai';

import { raw } from '../../../lib/serializer/raw.ts';
import { SourceHalf } from '../../../lib/stream/half/source-half.ts';
import type { SourceSegment } from '../../../lib/stream/lane/source-segment.ts';
import { StallWatch } from '../../../lib/stream/value/stall-watch.ts';
import { LaneBench, message } from '../../support/lane-bench.ts';
import { follow, type Outcome } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';

const NUMBER = 4;
const INTERVAL_MS = 10_000;
const QUESTION = { kind: 'streams-progress', numbers: [NUMBER] } as const;

/** A reader that waits on a lane, watched; the test plays the peer and moves the clock. */
class Watching {
  readonly bench: LaneBench;
  readonly segment: SourceSegment;
  readonly half: SourceHalf<[Uint8Array], SourceSegment>;
  readonly watch: StallWatch;
  readonly sent: Map<number, number> = new Map();

  constructor(pingIntervalMs = INTERVAL_MS) {
    this.bench = new LaneBench({ limits: { pingIntervalMs } });
    this.segment = this.bench.lane.openSource(NUMBER);
    this.half = new SourceHalf(this.segment, raw);
    this.watch = new StallWatch(this.bench.parent.environment, {
      tellPeer: (told) => this.bench.parent.tellPeer(told),
      sentItems: (number) => this.sent.get(number),
    });
    this.watch.watch(this.segment);
  }

  get told(): unknown[] {
    return this.bench.parent.told;
  }

  /** Lets an interval pass; the peer answers a question with this, or not at all. */
  async pass(sentPlusOne?: number): Promise<void> {
    const before = this.told.length;
    this.advance(INTERVAL_MS);
    await turns(1);
    if (sentPlusOne === undefined || this.told.length === before) return;
    this.watch.onMainMessage({ kind: 'streams-sent', numbers: [NUMBER, sentPlusOne] });
  }

  advance(ms: number): void {
    this.bench.parent.environment.clock.advance(ms);
  }

  read(): { outcome: Outcome | undefined } {
    return follow(this.half.read({}));
  }

  end(): void {
    this.watch.unwatch(NUMBER);
    expect(this.bench.parent.environment.clock.pendingTimers).to.equal(0);
  }
}

describe('StallWatch', () => {
  it('asks for a stream whose reader has waited for an interval without a byte', async () => {
    const watching = new Watching();
    watching.read();
    await watching.pass();
    expect(watching.told, 'it was seen once').to.deep.equal([]);
    await watching.pass();
    expect(watching.told).to.deep.equal([QUESTION]);
    watching.end();
  });

  for (const [what, sentPlusOne] of [
    ['more was sent than came', 3],
    ['the stream does not run at its producer', 0],
  ] as const) {
    it(`F4 gives a lane up that stands still while ${what}`, async () => {
      const watching = new Watching();
      watching.bench.receive(message('a'));
      await watching.half.read({});
      const reading = watching.read();
      for (let times = 0; times < 3; times++) await watching.pass(sentPlusOne);
      expect(reading.outcome).to.equal(undefined);
      await watching.pass(sentPlusOne);
      expect(reading.outcome).to.have.nested.property('error.code', 'ERR_STREAM_CLOSED');
      expect(watching.told.at(-1), 'its producer stops').to.include({ kind: 'stream-cancel' });
      expect(watching.bench.lane.link.phase, 'no other stream gets the lane').not.to.equal('open');
      watching.watch.unwatch(NUMBER);
    });
  }

  it('leaves a lane alone whose producer has sent no more than came', async () => {
    const watching = new Watching();
    watching.bench.receive(message('a'));
    await watching.half.read({});
    const reading = watching.read();
    for (let times = 0; times < 10; times++) await watching.pass(2);
    expect(reading.outcome).to.equal(undefined);
    watching.end();
  });

  it('leaves a lane alone whose peer does not answer, as one of an earlier release', async () => {
    const watching = new Watching();
    const reading = watching.read();
    for (let times = 0; times < 10; times++) await watching.pass();
    expect(reading.outcome).to.equal(undefined);
    watching.end();
  });

  it('leaves a lane alone on which something comes, if slowly', async () => {
    const watching = new Watching();
    const large = message('x'.repeat(100));
    const reading = watching.read();
    for (let at = 0; at < 20; at++) {
      watching.bench.receive(large.subarray(at, at + 1));
      await watching.pass(3);
    }
    expect(reading.outcome).to.equal(undefined);
    watching.end();
  });

  it('asks nothing while nobody waits, and nothing where nobody pings', async () => {
    for (const intervalMs of [INTERVAL_MS, 0]) {
      const watching = new Watching(intervalMs);
      if (intervalMs === 0) watching.read();
      for (let times = 0; times < 5; times++) await watching.pass();
      expect(watching.told).to.deep.equal([]);
      watching.end();
    }
  });

  it('asks nothing when the session is over', async () => {
    const watching = new Watching();
    watching.read();
    watching.watch.end();
    for (let times = 0; times < 5; times++) await watching.pass();
    expect(watching.told).to.deep.equal([]);
    watching.end();
  });

  it('answers with what it has sent', () => {
    const watching = new Watching();
    watching.sent.set(6, 0).set(8, 41);
    const question = { kind: 'streams-progress', numbers: [6, 8, 10] } as const;
    expect(watching.watch.onMainMessage(question)).to.equal(true);
    expect(watching.told).to.deep.equal([{ kind: 'streams-sent', numbers: [6, 1, 8, 42, 10, 0] }]);
    expect(watching.watch.onMainMessage({ kind: 'ping', number: 1 })).to.equal(false);
    watching.end();
  });

  it('takes answers about streams that are gone, and answers that are cut short', async () => {
    const watching = new Watching();
    const reading = watching.read();
    for (const numbers of [[], [NUMBER], [99, 1], [NUMBER, 1, 5]]) {
      expect(watching.watch.onMainMessage({ kind: 'streams-sent', numbers })).to.equal(true);
    }
    await turns(1);
    expect(reading.outcome).to.equal(undefined);
    watching.end();
  });
});
