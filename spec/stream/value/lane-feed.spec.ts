import { expect } from 'chai';

import { SLAB_BYTES, SlabPool } from '../../../lib/base/slab-pool.ts';
import type { StreamFigures } from '../../../lib/diagnostics/stream-figures.ts';
import type { SinkSegment } from '../../../lib/stream/lane/sink-segment.ts';
import { Retention } from '../../../lib/stream/resume/retention.ts';
import { LaneFeed } from '../../../lib/stream/value/lane-feed.ts';

const MESSAGE_BYTES = 1_000;
const MESSAGES = 30;

/** A lane whose kernel takes bytes when it is told to. */
class PlayedLane {
  readonly written: Uint8Array[] = [];
  readonly link: { readonly writer: PlayedLane } = { writer: this };
  readonly isInFrame = false;
  readonly isFull = false;
  sentBytes = 0;

  get bufferedBytes(): number {
    return Buffer.concat(this.written).length - this.sentBytes;
  }

  openSink(): void {}

  writeUncompressed(bytes: Uint8Array): void {
    this.written.push(bytes);
  }

  takeAll(): void {
    this.sentBytes += this.bufferedBytes;
  }

  /** As the part of a lane that a feed needs. */
  asSegment(): SinkSegment {
    return this as unknown as SinkSegment;
  }
}

/** A stream that has sent most of a slab. */
function sending(poisonsBorrowed = false) {
  const slabs = new SlabPool();
  const slab = slabs.take();
  slabs.give(slab);
  const kept = new Retention(slabs);
  const feed = new LaneFeed(kept, { slabs, poisonsBorrowed });
  const begin = (firstIndex: number): PlayedLane => {
    const lane = new PlayedLane();
    feed.attach(lane.asSegment(), firstIndex, {
      onChange: () => {},
      figures: () => ({}) as StreamFigures,
    });
    feed.handOver();
    return lane;
  };
  for (let at = 0; at < MESSAGES; at++) {
    kept.beginMessage().append(Buffer.alloc(MESSAGE_BYTES, at));
    kept.endMessage();
  }
  kept.gather();
  return { kept, slab, isFree: () => slabs.take() === slab, begin };
}

describe('LaneFeed', () => {
  it('B1-take gives a slab back when all that it holds is with the kernel, and known as taken', () => {
    const { kept, isFree, begin } = sending();
    begin(0).takeAll();
    kept.free(MESSAGES - 1);
    expect(isFree()).to.equal(false);
    kept.free(MESSAGES);
    expect(isFree()).to.equal(true);
  });

  it('B1-take keeps one from others while the kernel lacks a byte of it, whatever the consumer says', () => {
    const { kept, isFree, begin } = sending();
    const lane = begin(0);
    lane.takeAll();
    lane.sentBytes--;
    kept.free(MESSAGES);
    expect(isFree()).to.equal(false);
  });

  it('B1-take keeps one from others that an earlier lane may still be sending', () => {
    const { kept, isFree, begin } = sending();
    begin(0);
    begin(0).takeAll();
    kept.free(MESSAGES);
    expect(isFree()).to.equal(false);
  });

  it('B1-take gives back what was first sent on a later lane', () => {
    const { kept, isFree, begin } = sending();
    begin(MESSAGES);
    begin(0).takeAll();
    kept.free(MESSAGES);
    expect(isFree()).to.equal(true);
  });

  for (const isPoisoned of [false, true]) {
    it(`B1-take overwrites one that it gives back ${isPoisoned ? 'where' : 'only where'} misuse is to be seen`, () => {
      const { kept, slab, begin } = sending(isPoisoned);
      begin(0).takeAll();
      const before = Buffer.from(slab);
      kept.free(MESSAGES);
      const after = isPoisoned ? Buffer.alloc(SLAB_BYTES, 0xdb) : before;
      expect(slab.equals(after)).to.equal(true);
    });
  }
});
