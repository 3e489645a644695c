import { expect } from 'chai';

import { ByteQueue } from '../../../lib/base/byte-queue.ts';
import { CanceledError, ProtocolError, StreamClosedError } from '../../../lib/errors/errors.ts';
import { i32, packed } from '../../../lib/layout.ts';
import type { Serializer } from '../../../lib/serializer/serializer.ts';
import { NO_HANDLES } from '../../../lib/serializer/no-handles.ts';
import { RealTimeSink } from '../../../lib/stream/value/real-time-sink.ts';
import type { RealTimeSetup, RealTimeStream } from '../../../lib/stream/value/real-time-setup.ts';
import { isLaneFrame, LaneFrameDecoder } from '../../../lib/wire/lane-frame.ts';
import { EOS } from '../../../lib/wire/stream-frame.ts';
import { LaneBench, TestParent } from '../../support/lane-bench.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { testEnvironment } from '../../support/test-environment.ts';
import { turns } from '../../support/turns.ts';

const WINDOW = 61;
const NUMBERS = packed(i32);
const DOCUMENT = Buffer.from('05000000', 'hex');

/** The sending side of a stream of numbers; the test plays the producer, the lanes and the peer. */
class RealTime implements RealTimeStream {
  readonly parent: TestParent = new TestParent(testEnvironment({}, { serializer: NUMBERS }));
  readonly lanes: LaneBench[] = [];
  readonly sink: RealTimeSink;
  items = 0;
  skipped = 0;
  readonly restarts: number[] = [];
  readonly failures: unknown[] = [];
  /** Where an item waits that is refused. */
  room: Promise<void> | undefined;

  constructor(setup: Partial<RealTimeSetup> = {}) {
    const { environment } = this.parent;
    const all = { canSkipTo: () => true, canResume: true, isManual: false, run: undefined };
    const given = { serializer: NUMBERS, handles: NO_HANDLES, ...all, ...setup };
    this.sink = new RealTimeSink(environment, given, this);
    this.sink.start(this.addLane().lane.openSink(4));
  }

  roomForItem(): Promise<void> | undefined {
    return this.room;
  }

  onItem(): void {
    this.items++;
  }

  onSkipped(items: number): void {
    this.skipped += items;
  }

  onRestart(index: number): void {
    this.restarts.push(index);
  }

  onFailure(error: unknown): void {
    this.failures.push(error);
  }

  addLane(): LaneBench {
    const bench = new LaneBench({ isAccepted: true, parent: this.parent });
    this.lanes.push(bench);
    return bench;
  }

  get lane(): LaneBench {
    return this.lanes.at(-1)!;
  }

  /** Sends these items. Returns what the last one waits for. */
  send(from: number, end: number): Promise<void> | undefined {
    this.fill(from, end - 1);
    return this.sink.send([end - 1]);
  }

  /** Sends these items, and does not wait. */
  fill(from: number, end: number): void {
    for (let item = from; item < end; item++) void this.sink.send([item]);
  }

  ack(items: number): void {
    this.sink.onAck(items, items);
  }

  resume(taken: number, attempt = 1): LaneBench {
    const bench = this.addLane();
    const point = { number: 4, taken, acknowledged: taken, attempt };
    this.sink.resume(bench.lane.openSink(4), point);
    return bench;
  }

  /** What was written on a lane since the last look: items as numbers, frames by their contents. */
  async written(bench: LaneBench = this.lane): Promise<unknown[]> {
    await turns(3);
    const bytes = new ByteQueue();
    bytes.append(bench.socket.written);
    const decoder = new LaneFrameDecoder(1_000, true);
    const parts: unknown[] = [];
    for (let frame; (frame = decoder.next(bytes)) !== undefined;) {
      if (frame === EOS) parts.push('end');
      else if (!isLaneFrame(frame)) parts.push(frame.readInt32LE(0));
      else if (frame.type === 'skipped') parts.push({ skipped: frame.items });
      else if (frame.type === 'retained') parts.push({ from: frame.firstIndex });
      else if (frame.type === 'count') parts.push({ count: frame.number });
      else parts.push(frame.type);
    }
    return parts;
  }
}

function range(from: number, end: number): number[] {
  return Array.from({ length: end - from }, (_, index) => from + index);
}

/** The methods of a serializer, to be replaced one by one. */
function plainOf(serializer: Serializer): Serializer {
  return {
    name: serializer.name,
    encode: (tuple, out, handles) => serializer.encode(tuple, out, handles),
    decode: (bytes, handles) => serializer.decode(bytes, handles),
  };
}

describe('RealTimeSink', () => {
  it('L11 sends its window, and before the first acknowledgement leaves nothing out', async () => {
    const real = new RealTime();
    expect(real.send(0, 200)).to.equal(undefined);
    expect(await real.written()).to.deep.equal([{ from: 0 }, ...range(0, WINDOW)]);
    expect([real.items, real.skipped]).to.deep.equal([WINDOW, 0]);
  });

  it('L11 leaves out all but the newest item to skip to, and those behind it, at an acknowledgement', async () => {
    const real = new RealTime({ canSkipTo: (item) => (item as number) % 10 === 0 });
    real.fill(0, 95);
    real.ack(30);
    const sent = [{ from: 0 }, ...range(0, WINDOW), { skipped: 29 }, ...range(90, 95)];
    expect(await real.written()).to.deep.equal(sent);
    expect(real.skipped).to.equal(29);
    real.fill(95, 300);
    expect(await real.written()).to.deep.equal([...sent, ...range(95, 120)]);
  });

  it('L11 sends what waits in order where none is one to skip to', async () => {
    const real = new RealTime({ canSkipTo: () => false });
    real.fill(0, 95);
    real.ack(30);
    expect(await real.written()).to.deep.equal([{ from: 0 }, ...range(0, WINDOW + 30)]);
  });

  it('L11 never asks its source for more to find an item to skip to', async () => {
    const real = new RealTime({ canSkipTo: (item) => item === 1_000_000 });
    real.fill(0, 70);
    real.ack(30);
    expect(await real.written()).to.deep.equal([{ from: 0 }, ...range(0, 70)]);
  });

  it('L11, L9 takes an acknowledgement that tells nothing new for none', async () => {
    const real = new RealTime();
    real.fill(0, 100);
    real.ack(1);
    expect(real.skipped).to.equal(38);
    real.fill(100, 200);
    for (const lower of [1, 0, 1]) real.ack(lower);
    expect(real.skipped).to.equal(38);
  });

  it('L11, L6 lets its producer go on beyond the window, up to 1,024 items that wait', async () => {
    const real = new RealTime();
    const full = follow(real.send(0, WINDOW + 1_024)!);
    await turns(3);
    expect(full.outcome).to.equal(undefined);
    real.ack(1);
    await turns(3);
    expect(full.outcome).to.deep.equal({ value: undefined });
    expect(await real.written()).to.deep.equal([
      { from: 0 },
      ...range(0, WINDOW),
      { skipped: 1_023 },
      WINDOW + 1_023,
    ]);
  });

  it('L15 shows its progress, also where it can’t be resumed', async () => {
    const real = new RealTime({ canResume: false });
    const { progress } = real.sink;
    real.fill(0, 100);
    expect(progress).to.include({ acknowledgedItems: 0, minRttMs: -1 });
    real.parent.environment.clock.advance(7);
    real.ack(30);
    expect(progress).to.include({ acknowledgedItems: 30, minRttMs: 7, resentItems: 0 });
  });

  it('L11 ends behind what waits, which still shrinks', async () => {
    const real = new RealTime({ canResume: false });
    real.fill(0, 100);
    const closed = follow(real.sink.close());
    const sent = [{ from: 0 }, ...range(0, WINDOW)];
    expect(await real.written()).to.deep.equal(sent);
    real.ack(30);
    const rest = [{ skipped: 38 }, 99, { count: 62 }, 'end'];
    expect(await real.written()).to.deep.equal([...sent, ...rest]);
    expect(closed.outcome).to.deep.equal({ value: undefined });
  });

  it('fails behind what waits, and tells what was left out', async () => {
    const real = new RealTime({ canResume: false });
    real.fill(0, 100);
    real.sink.abort(new Error('broken source'));
    real.ack(30);
    const sent = [{ from: 0 }, ...range(0, WINDOW), { skipped: 38 }, 99, 'error', 'end'];
    expect(await real.written()).to.deep.equal(sent);
    const error = await rejectionOf(real.sink.ended, StreamClosedError);
    expect(error.cause).to.have.property('message', 'broken source');
  });

  it('fails where the function that names items to skip to throws', async () => {
    const broken = new Error('broken function');
    const real = new RealTime({
      canSkipTo: () => {
        throw broken;
      },
    });
    real.fill(0, 100);
    real.ack(30);
    expect(real.failures).to.deep.equal([broken]);
    expect((await real.written()).slice(-3)).to.deep.equal([60, 'error', 'end']);
  });

  it('fails at an item that can’t be sent, behind those before it', async () => {
    const real = new RealTime();
    real.fill(0, 3);
    void real.sink.send(['three']);
    expect(real.failures).to.have.length(1);
    expect(await real.written()).to.deep.equal([{ from: 0 }, 0, 1, 2, 'error', 'end']);
  });

  it('tries an item again that lacked only room for its streams', async () => {
    let makeRoom = (): void => {};
    const refusal = new Error('no room');
    let isFull = true;
    const encode: Serializer['encode'] = (tuple, out, handles) => {
      if (isFull && tuple[0] === 1) throw refusal;
      (NUMBERS as Serializer).encode(tuple, out, handles);
    };
    const real = new RealTime({ serializer: { ...plainOf(NUMBERS as Serializer), encode } });
    real.room = new Promise((resolve) => (makeRoom = resolve));
    real.fill(0, 4);
    expect(await real.written()).to.deep.equal([{ from: 0 }, 0]);
    isFull = false;
    makeRoom();
    expect(await real.written()).to.deep.equal([{ from: 0 }, 0, 1, 2, 3]);
    expect(real.failures).to.deep.equal([]);
  });

  it('repeats its headers where nothing of it was taken, and sends trailers before the count', async () => {
    const real = new RealTime();
    real.sink.writeMetadata('headers', DOCUMENT);
    real.fill(0, 2);
    const second = real.resume(0);
    real.fill(2, 3);
    real.sink.writeMetadata('trailers', DOCUMENT);
    void real.sink.close();
    expect(await real.written(second)).to.deep.equal([
      { from: 0 },
      'headers',
      { skipped: 2 },
      2,
      'trailers',
      { count: 1 },
      'end',
    ]);
  });

  describe('that can be resumed', () => {
    it('L11, L10 goes on at the next item to skip to, and drops all before it', async () => {
      const real = new RealTime({ canSkipTo: (item) => (item as number) % 10 === 0 });
      real.fill(0, 100);
      real.lane.close();
      const second = real.resume(5);
      expect(real.restarts).to.deep.equal([5]);
      real.fill(100, 103);
      expect(await real.written(second)).to.deep.equal([
        { from: 5 },
        { skipped: 95 },
        ...range(100, 103),
      ]);
      const third = real.resume(6, 2);
      real.fill(103, 112);
      expect(await real.written(third)).to.deep.equal([{ from: 6 }, { skipped: 104 }, 110, 111]);
      expect(real.skipped).to.equal(104);
    });

    it('L13 does not ask its source while there is no lane', async () => {
      const real = new RealTime();
      real.fill(0, 2);
      real.lane.close();
      const away = follow(real.sink.send([2])!);
      await turns(3);
      expect(away.outcome).to.equal(undefined);
      real.resume(2);
      await turns(3);
      expect(away.outcome).to.deep.equal({ value: undefined });
    });

    it('tells its end again until it is taken', async () => {
      const real = new RealTime();
      real.fill(0, 3);
      const closed = follow(real.sink.close());
      real.lane.close();
      const second = real.resume(1);
      const rest = [{ from: 1 }, { skipped: 2 }, { count: 1 }, 'end'];
      expect(await real.written(second)).to.deep.equal(rest);
      expect(closed.outcome).to.equal(undefined);
      real.sink.onDone();
      await turns(2);
      expect(closed.outcome).to.deep.equal({ value: undefined });
    });

    it('L9 gives up a lane that comes too late', async () => {
      const real = new RealTime();
      real.fill(0, 3);
      const second = real.resume(2, 2);
      const late = real.resume(2, 1);
      const lower = real.resume(1, 3);
      real.fill(3, 4);
      expect(await real.written(second)).to.deep.equal([{ from: 2 }, { skipped: 1 }, 3]);
      const isOpen = [late, lower].map(({ lane }) => lane.link.phase === 'open');
      expect(isOpen).to.deep.equal([false, false]);
    });

    it('L9 lets its consumer have taken more than it sends on the new lane, from an older one', async () => {
      const real = new RealTime();
      real.fill(0, 10);
      real.resume(4);
      real.ack(7);
      const third = real.resume(7, 2);
      real.fill(10, 11);
      expect(await real.written(third)).to.deep.include.members([{ from: 7 }, 10]);
    });
  });

  describe('with a hostile consumer', () => {
    for (const [what, misbehave] of [
      ['acknowledges more than it has taken', (real: RealTime) => real.sink.onAck(3, 2)],
      ['has taken more than was sent', (real: RealTime) => real.sink.onAck(1, 101)],
      ['has taken an end that was not sent', (real: RealTime) => real.sink.onDone()],
      ['goes on behind what was sent', (real: RealTime) => void real.resume(101)],
    ] as const) {
      it(`L9, F31 fails where it ${what}`, async () => {
        const real = new RealTime();
        real.fill(0, 100);
        misbehave(real);
        const error = await rejectionOf(real.sink.ended, StreamClosedError);
        expect(error.cause).to.be.instanceOf(ProtocolError);
        expect((await real.written()).slice(-2)).to.deep.equal(['error', 'end']);
        expect(() => real.sink.send([100])).to.throw(StreamClosedError);
      });
    }

    it('L9, F31 takes a flood of acknowledgements without an effect', async () => {
      let asked = 0;
      const real = new RealTime({ canSkipTo: () => ++asked > 0 });
      real.fill(0, 1_000);
      for (let flood = 0; flood < 100_000; flood++) real.ack(1);
      expect(asked).to.equal(1);
      expect((await real.written()).at(-1)).to.equal(999);
    });
  });

  it('ends at once where it is canceled, and where nobody will read it', async () => {
    const canceled = new RealTime();
    const waiting = follow(canceled.send(0, 2_000)!);
    canceled.sink.cancel(new CanceledError('stream', 'enough', 'remote', []));
    await rejectionOf(canceled.sink.ended, StreamClosedError);
    await turns(2);
    expect(waiting.outcome).to.have.property('error');
    expect((await canceled.written()).at(-1)).to.equal('end');
    const lost = new RealTime();
    lost.fill(0, 100);
    lost.sink.lose(new Error('gone'));
    await rejectionOf(lost.sink.ended, StreamClosedError);
    lost.ack(30);
    expect(lost.skipped).to.equal(0);
  });

  it('ends with its lane where it can’t be resumed', async () => {
    const real = new RealTime({ canResume: false });
    real.fill(0, 100);
    real.lane.close(new Error('reset'));
    await rejectionOf(real.sink.ended, StreamClosedError);
  });

  it('runs the user’s code in its context', () => {
    let depth = 0;
    const depths: number[] = [];
    const real = new RealTime({
      canSkipTo: () => depths.push(depth) > 0,
      run: (work) => {
        depth++;
        work();
        depth--;
      },
    });
    real.fill(0, 100);
    real.ack(1);
    expect(depths).to.deep.equal([1]);
  });
});
