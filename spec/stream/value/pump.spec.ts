import { expect } from 'chai';

import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import { decodeError, encodeError } from '../../../lib/document/error-document.ts';
import {
  MessageTooLargeError,
  SerializationError,
  TimeoutError,
} from '../../../lib/errors/errors.ts';
import { i32, packed } from '../../../lib/layout.ts';
import { producerOf } from '../../../lib/stream/value/item-producer.ts';
import type { ProducedHooks } from '../../../lib/stream/value/produced-hooks.ts';
import { Pump, type PumpedStream } from '../../../lib/stream/value/pump.ts';
import { SegmentSink } from '../../../lib/stream/value/segment-sink.ts';
import { type LaneFrame, decodeLaneFrame } from '../../../lib/wire/lane-frame.ts';
import { laneFrame, count, LaneBench } from '../../support/lane-bench.ts';
import { Counter } from '../../support/passing.ts';
import { turns } from '../../support/turns.ts';
import { EOS_FRAME, streamFrame, u32le } from '../../support/wire-bytes.ts';
import type { Limits } from '../../../lib/settings/limits.ts';

/** An item's bytes. */
function item(number: number): Buffer {
  return streamFrame(u32le(number));
}

/** A producer that fails at once. */
function broken(thrown: unknown): object {
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        throw thrown;
      },
    }),
  };
}

/** A pump of numbers onto a wire that the test looks at. */
class Pumping extends LaneBench implements PumpedStream {
  readonly clock: ManualClock = this.parent.environment.clock;
  readonly sink: SegmentSink;
  readonly pump: Pump;
  /** How it ended: once. */
  readonly ends: (Error | undefined)[] = [];
  items = 0;

  constructor(
    source: object,
    { limits, ...hooks }: ProducedHooks & { readonly limits?: Partial<Limits> } = {},
  ) {
    super({ isAccepted: true, ...(limits && { limits }) });
    this.sink = new SegmentSink(this.lane.openSink(4), packed(i32));
    this.pump = new Pump(producerOf(source, this.clock), this.sink, hooks, this);
  }

  roomForItem(): undefined {
    return undefined;
  }

  onItem(): void {
    this.items++;
  }

  onEnd(cause: Error | undefined): void {
    this.ends.push(cause);
  }

  /** Sees to it that exactly this was written. */
  async expectWritten(...frames: Buffer[]): Promise<void> {
    await turns(2);
    expect(await this.written()).to.equal(Buffer.concat(frames).toString('hex'));
  }

  /** The error in what was written, which must be the last before the end of stream, behind these frames. */
  async errorBehind(...frames: Buffer[]): Promise<Error> {
    await turns(2);
    const written = await this.written();
    const start = Buffer.concat(frames).toString('hex');
    const end = EOS_FRAME.toString('hex');
    expect(written.startsWith(start)).to.equal(true);
    expect(written.endsWith(end)).to.equal(true);
    const frame = Buffer.from(written.slice(start.length, -end.length), 'hex');
    const content: LaneFrame | undefined = decodeLaneFrame(frame.subarray(8));
    if (content?.type !== 'error') throw new Error(`no error: ${content?.type}`);
    return decodeError(content.document);
  }
}

describe('Pump', () => {
  it('sends all items, then how many there were', async () => {
    for (const source of [new Counter(3).items(), [0, 1, 2]]) {
      const pumping = new Pumping(source);
      pumping.pump.start();
      await pumping.expectWritten(item(0), item(1), item(2), count(3), EOS_FRAME);
      expect(pumping.items).to.equal(3);
      expect(pumping.ends).to.deep.equal([undefined]);
    }
  });

  it('asks for nothing before it starts', async () => {
    const counter = new Counter(3);
    const pumping = new Pumping(counter.items());
    await turns(2);
    expect(counter.started).to.equal(0);
    pumping.pump.start();
    await turns(1);
    expect(counter.started).to.equal(1);
  });

  it('K7 asks for no more than the sink has room for, and goes on when there is some', async () => {
    const counter = new Counter();
    const pumping = new Pumping(counter.items(), { limits: { sinkBudgetBytes: 64 } });
    pumping.socket.isTaking = false;
    pumping.pump.start();
    await turns(20);
    const { pulled } = counter;
    expect(pulled).to.be.below(20);
    await turns(20);
    expect(counter.pulled).to.equal(pulled);
    pumping.socket.handlers.onDrain();
    await turns(5);
    expect(counter.pulled).to.be.above(pulled);
    pumping.pump.cancel(new Error('enough'));
  });

  it('lets an endless sync iterable starve nobody', async () => {
    let pulled = 0;
    function* endless(): Generator<number> {
      for (;;) {
        pulled++;
        yield 1;
      }
    }
    const pumping = new Pumping(endless());
    pumping.pump.start();
    const first = pulled;
    await turns(3);
    expect(pulled).to.be.above(first);
    pumping.pump.cancel(new Error('enough'));
    const last = pulled;
    await turns(3);
    expect(pulled).to.equal(last);
  });

  describe('batching', () => {
    it('L12 sends the items of one turn together, and those before a wait at once', async () => {
      let go: () => void = () => {};
      const pumping = new Pumping(
        (async function* () {
          yield* [0, 1, 2];
          await new Promise<void>((resolve) => (go = resolve));
          yield* [3, 4];
        })(),
      );
      pumping.pump.start();
      await turns(2);
      const [first] = pumping.socket.writes;
      expect(pumping.socket.writes).to.have.length(1);
      expect(first).to.deep.equal(Buffer.concat([item(0), item(1), item(2)]));
      go();
      await turns(2);
      expect(pumping.socket.writes).to.have.length(2);
      expect(pumping.socket.writes[1]).to.deep.equal(
        Buffer.concat([item(3), item(4), count(5), EOS_FRAME]),
      );
    });

    it('L12 sends no more than batchSize items together', async () => {
      const pumping = new Pumping([0, 1, 2, 3, 4], { batchSize: 2 });
      pumping.pump.start();
      await turns(2);
      expect(pumping.socket.writes).to.deep.equal([
        Buffer.concat([item(0), item(1)]),
        Buffer.concat([item(2), item(3)]),
        Buffer.concat([item(4), count(5), EOS_FRAME]),
      ]);
    });

    it('L12 sends what it has ahead of an error', async () => {
      const error = new RangeError('too much');
      const pumping = new Pumping(
        (function* () {
          yield 0;
          throw error;
        })(),
        { batchSize: 10 },
      );
      pumping.pump.start();
      const document = encodeError(error);
      await pumping.expectWritten(item(0), laneFrame({ type: 'error', document }), EOS_FRAME);
    });
  });

  describe('when the producer fails', () => {
    it('K4 sends its error behind the items before it', async () => {
      const failures: readonly object[] = [
        (async function* () {
          yield 0;
          throw new RangeError('too much');
        })(),
        (function* () {
          yield 0;
          throw new RangeError('too much');
        })(),
      ];
      for (const source of failures) {
        const pumping = new Pumping(source);
        pumping.pump.start();
        const error = await pumping.errorBehind(item(0));
        expect(error).to.be.instanceOf(RangeError).with.property('message', 'too much');
        expect(pumping.ends).to.have.length(1);
        expect(pumping.ends[0]).to.be.instanceOf(RangeError);
      }
    });

    it('K4 sends what was thrown though it is no Error', async () => {
      for (const [thrown, expected] of [
        ['a text', { name: 'Error', message: 'a text' }],
        [undefined, { name: 'Error', message: 'undefined' }],
        [
          { name: 'Odd', message: 'a thing', code: 5 },
          { name: 'Odd', message: 'a thing', code: 5 },
        ],
      ] as const) {
        const pumping = new Pumping(broken(thrown));
        pumping.pump.start();
        expect(await pumping.errorBehind()).to.include(expected);
        expect(pumping.ends[0]).to.be.instanceOf(Error);
      }
    });

    it('does not tell it to stop', async () => {
      const calls: string[] = [];
      const iterator = {
        next() {
          calls.push('next');
          throw new Error('broken');
        },
        return: () => void calls.push('return'),
      };
      const pumping = new Pumping({ [Symbol.iterator]: () => iterator });
      pumping.pump.start();
      expect((await pumping.errorBehind()).message).to.equal('broken');
      expect(calls).to.deep.equal(['next']);
    });

    const nonsense: readonly [what: string, next: () => unknown][] = [
      ['nothing', () => undefined],
      ['a promise of nothing', () => Promise.resolve(undefined)],
      ['null', () => null],
      [
        'one that can’t be looked at',
        () => ({
          get done() {
            throw new TypeError('no entry');
          },
        }),
      ],
      [
        'a promise that can’t be waited for',
        () =>
          // oxlint-disable-next-line unicorn/no-thenable -- the test is about one that is broken
          Object.defineProperty({}, 'then', {
            get() {
              throw new TypeError('no entry');
            },
          }),
      ],
    ];
    for (const [what, next] of nonsense) {
      it(`fails the stream, and nothing else, when a step is ${what}`, async () => {
        const pumping = new Pumping({ [Symbol.iterator]: () => ({ next }) });
        pumping.pump.start();
        expect(await pumping.errorBehind()).to.be.instanceOf(TypeError);
        expect(pumping.ends).to.have.length(1);
        expect(pumping.lane.isIdle).to.equal(true);
      });
    }
  });

  it('fails, and tells the producer, at an item that can’t be sent', async () => {
    for (const [value, kind] of [
      ['no number', SerializationError],
      [2 ** 40, SerializationError],
    ] as const) {
      let released = 0;
      const pumping = new Pumping(
        (function* () {
          try {
            yield 0;
            yield value;
          } finally {
            released++;
          }
        })(),
      );
      pumping.pump.start();
      expect((await pumping.errorBehind(item(0))).name).to.equal('SerializationError');
      expect(pumping.ends[0]).to.be.instanceOf(kind);
      expect(released).to.equal(1);
    }
    const large = new Pumping([1], { limits: { maxStreamMessageBytes: 3 } });
    large.pump.start();
    expect(await large.errorBehind()).to.include({ option: 'maxStreamMessageBytes' });
    expect(large.ends[0]).to.be.instanceOf(MessageTooLargeError);
  });

  it('tries an item again when there is room for the streams in it, and not before', async () => {
    let isRoom = false;
    let makeRoom: () => void = () => {};
    const impatient = {
      ...packed(i32),
      encode(): void {
        if (!isRoom) throw new Error('no room');
      },
    };
    const pumping = new LaneBench({ isAccepted: true });
    const sink = new SegmentSink(pumping.lane.openSink(4), impatient);
    const refusals: unknown[] = [];
    const ends: unknown[] = [];
    const pump = new Pump(
      producerOf([7], new ManualClock()),
      sink,
      {},
      {
        clock: new ManualClock(),
        roomForItem(refusal) {
          refusals.push(refusal);
          return new Promise((resolve) => (makeRoom = resolve));
        },
        onItem: () => {},
        onEnd: (cause) => void ends.push(cause),
      },
    );
    pump.start();
    await turns(2);
    expect(refusals).to.have.length(1);
    expect(ends).to.deep.equal([]);
    isRoom = true;
    makeRoom();
    await turns(2);
    expect(ends).to.deep.equal([undefined]);
    expect(sink.sentMessages).to.equal(1);
  });

  describe('that is stopped', () => {
    it('runs the producer’s finally, and sends nothing more', async () => {
      const counter = new Counter();
      const pumping = new Pumping(counter.items(), { limits: { sinkBudgetBytes: 64 } });
      pumping.socket.isTaking = false;
      pumping.pump.start();
      await turns(5);
      const cause = new Error('enough');
      pumping.pump.cancel(cause);
      pumping.pump.cancel(new Error('again'));
      expect(pumping.ends).to.deep.equal([cause]);
      await turns(1);
      expect(counter.released).to.equal(1);
      const { items } = pumping;
      pumping.socket.handlers.onDrain();
      await turns(2);
      expect(pumping.items).to.equal(items);
    });

    it('drops the item that the producer was at', async () => {
      let give: (step: IteratorResult<number>) => void = () => {};
      const pumping = new Pumping({
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<IteratorResult<number>>((resolve) => (give = resolve)),
        }),
      });
      pumping.pump.start();
      await turns(1);
      pumping.pump.cancel(new Error('enough'));
      give({ done: false, value: 1 });
      await pumping.expectWritten();
      expect(pumping.items).to.equal(0);
    });

    it('takes no notice of an error that comes later', async () => {
      let fail: (error: Error) => void = () => {};
      const pumping = new Pumping({
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise((_resolve, reject) => (fail = reject)),
        }),
      });
      pumping.pump.start();
      await turns(1);
      pumping.pump.cancel(new Error('enough'));
      fail(new Error('late'));
      await turns(1);
      expect(pumping.ends).to.have.length(1);
    });
  });

  it('that fails from this side tells the consumer and the producer', async () => {
    const counter = new Counter();
    const pumping = new Pumping(counter.items(), { limits: { sinkBudgetBytes: 4 } });
    pumping.socket.isTaking = false;
    pumping.pump.start();
    await turns(2);
    pumping.pump.abort(new RangeError('not any more'));
    pumping.pump.abort(new RangeError('again'));
    pumping.socket.handlers.onDrain();
    expect(await pumping.errorBehind(item(0))).to.be.instanceOf(RangeError);
    expect(counter.released).to.equal(1);
    expect(pumping.ends).to.have.length(1);
  });

  describe('with hooks', () => {
    const document = Buffer.from('a document');

    function pumpWith(source: object, hooks: ProducedHooks): Pumping {
      const pumping = new Pumping(source, hooks);
      pumping.pump.start();
      return pumping;
    }

    it('X5 sends headers ahead of the first item, and trailers behind the last', async () => {
      for (const items of [[], [0]]) {
        const pumping = pumpWith(items, { headers: () => document, trailers: () => document });
        await pumping.expectWritten(
          laneFrame({ type: 'headers', document }),
          ...items.map(item),
          laneFrame({ type: 'trailers', document }),
          count(items.length),
          EOS_FRAME,
        );
      }
    });

    it('X5 sends headers ahead of an error', async () => {
      const pumping = pumpWith(broken(new Error('broken')), { headers: () => document });
      await pumping.errorBehind(laneFrame({ type: 'headers', document }));
    });

    it('sends what onSend gives in place of an item, now or later', async () => {
      for (const onSend of [
        (value: unknown) => Number(value) + 1,
        (value: unknown) => Promise.resolve(Number(value) + 1),
      ]) {
        await pumpWith([0, 1], { onSend }).expectWritten(item(1), item(2), count(2), EOS_FRAME);
      }
    });

    it('fails, and tells the producer, when a hook does', async () => {
      const thrower = (): never => {
        throw new RangeError('broken hook');
      };
      const rejected = (): Promise<never> => Promise.reject(new RangeError('broken hook'));
      for (const hooks of [{ onSend: thrower }, { onSend: rejected }, { headers: thrower }]) {
        const counter = new Counter(3);
        const pumping = pumpWith(counter.items(), hooks);
        expect(await pumping.errorBehind()).to.be.instanceOf(RangeError);
        expect(counter.released).to.equal(1);
      }
      const late = pumpWith([0], { trailers: thrower });
      expect(await late.errorBehind(item(0))).to.be.instanceOf(RangeError);
    });

    it('tells of the producer’s error though its headers fail as well', async () => {
      const pumping = pumpWith(broken(new TypeError('broken')), {
        headers() {
          throw new RangeError('broken hook');
        },
      });
      expect(await pumping.errorBehind()).to.be.instanceOf(TypeError);
    });

    it('runs the producer where it is told to', async () => {
      let isInside = false;
      const seen: boolean[] = [];
      const pumping = pumpWith(
        {
          [Symbol.iterator]() {
            seen.push(isInside);
            return [][Symbol.iterator]();
          },
        },
        {
          run(work) {
            isInside = true;
            work();
            isInside = false;
          },
        },
      );
      await pumping.expectWritten(count(0), EOS_FRAME);
      expect(seen).to.deep.equal([true]);
    });

    it('X6 fails when the stream takes too long', async () => {
      const pumping = pumpWith(
        { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) },
        { streamTimeoutMs: 100 },
      );
      pumping.clock.advance(99);
      expect(pumping.ends).to.deep.equal([]);
      pumping.clock.advance(1);
      expect(pumping.ends[0]).to.be.instanceOf(TimeoutError).with.property('limitMs', 100);
      expect((await pumping.errorBehind()).name).to.equal('TimeoutError');
    });

    it('X6 fails when an item waits for room too long, and not while it moves', async () => {
      const pumping = new Pumping(new Counter().items(), {
        sendTimeoutMs: 100,
        limits: { sinkBudgetBytes: 4 },
      });
      pumping.socket.isTaking = false;
      pumping.pump.start();
      for (let times = 0; times < 3; times++) {
        await turns(2);
        pumping.clock.advance(99);
        pumping.socket.handlers.onDrain();
      }
      await turns(2);
      expect(pumping.ends).to.deep.equal([]);
      pumping.clock.advance(100);
      await turns(2);
      expect(pumping.ends[0]).to.be.instanceOf(TimeoutError);
    });

    it('X6 leaves no timer behind', async () => {
      for (const source of [[0], new Counter(1).items()]) {
        const pumping = pumpWith(source, { streamTimeoutMs: 100, sendTimeoutMs: 100 });
        await turns(3);
        expect(pumping.ends).to.deep.equal([undefined]);
        expect(pumping.clock.pendingTimers).to.equal(0);
      }
    });
  });
});
