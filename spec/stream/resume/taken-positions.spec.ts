import { expect } from 'chai';
import { crc32 } from 'node:zlib';

import { TakenPositions } from '../../../lib/stream/resume/taken-positions.ts';
import type { RetainedFrame } from '../../../lib/wire/resumable-frame.ts';

function terms(parts: Partial<RetainedFrame>): RetainedFrame {
  const window = { windowBytes: 1_000_000, windowItems: 0, ackPeriod: 0 };
  const flags = { isManual: false, isRealTime: false, canResume: true };
  return { type: 'retained', firstIndex: 0, ...window, ...flags, ...parts };
}

/** Positions after so many payloads. */
function taken(count: number, bytes: number, parts: Partial<RetainedFrame>): TakenPositions {
  const positions = new TakenPositions();
  positions.setTerms(terms(parts));
  for (let item = 0; item < count; item++) positions.take(Buffer.alloc(bytes));
  return positions;
}

describe('how far the consumer of a resumable stream has come', () => {
  it('L6 is told at the period, at a quarter of the items, and at a quarter of the bytes', () => {
    for (const [count, bytes, parts, isDue] of [
      [29, 1, { windowItems: 61, ackPeriod: 30 }, false],
      [30, 1, { windowItems: 61, ackPeriod: 30 }, true],
      [24, 1, { windowItems: 100 }, false],
      [25, 1, { windowItems: 100 }, true],
      [1, 245, { windowBytes: 1_000 }, false],
      [1, 246, { windowBytes: 1_000 }, true],
    ] as const) {
      const positions = taken(count, bytes, parts);
      positions.acknowledgeAll();
      expect(positions.isDue, `${count} of ${bytes} bytes`).to.equal(isDue);
      positions.onTold();
      expect([positions.isDue, positions.isNews]).to.deep.equal([false, false]);
    }
  });

  it('L6 is told by what was taken, and again by what is acknowledged of that by hand', () => {
    for (const [parts, items] of [
      [{ windowItems: 100 }, 25],
      [{ windowBytes: 10_000 }, 25],
    ] as const) {
      const positions = new TakenPositions();
      positions.setManual(true);
      positions.setTerms(terms(parts));
      const due: boolean[] = [];
      for (let item = 1; item <= items; item++) {
        positions.take(Buffer.alloc(96));
        due.push(positions.isDue);
      }
      expect(due.indexOf(true)).to.equal(items - 1);
      positions.onTold();
      expect(positions.isDue).to.equal(false);
      positions.acknowledge(items);
      expect(positions.isDue).to.equal(true);
      positions.onTold();
      expect([positions.isDue, positions.isNews]).to.deep.equal([false, false]);
    }
  });

  it('L7 is within the window up to two windows and an item, in items and in bytes', () => {
    expect(taken(9, 1, { windowItems: 4 }).isWithinWindow).to.equal(true);
    expect(taken(10, 1, { windowItems: 4 }).isWithinWindow).to.equal(false);
    // With its header an item has 100 bytes here.
    expect(taken(21, 96, { windowBytes: 1_000 }).isWithinWindow).to.equal(true);
    expect(taken(22, 96, { windowBytes: 1_000 }).isWithinWindow).to.equal(false);
    const positions = taken(22, 96, { windowBytes: 1_000 });
    positions.acknowledgeAll();
    expect(positions.isWithinWindow).to.equal(true);
  });

  it('L7 counts the bytes that are not acknowledged by hand', () => {
    const positions = new TakenPositions();
    positions.setManual(true);
    positions.setTerms(terms({ windowBytes: 5_000 }));
    for (let item = 0; item < 110; item++) positions.take(Buffer.alloc(96));
    expect(positions.isWithinWindow).to.equal(false);
    positions.acknowledge(60);
    expect(positions.isWithinWindow).to.equal(true);
    positions.acknowledge(20);
    expect(positions.acknowledged).to.equal(60);
    positions.acknowledge(110);
    for (let item = 0; item < 100; item++) positions.take(Buffer.alloc(96));
    expect(positions.isWithinWindow).to.equal(true);
    positions.take(Buffer.alloc(96));
    positions.take(Buffer.alloc(96));
    expect(positions.isWithinWindow).to.equal(false);
  });

  it('L7 keeps the first terms', () => {
    const positions = taken(10, 1, { windowItems: 4 });
    positions.setTerms(terms({ windowItems: 1_000 }));
    expect(positions.isWithinWindow).to.equal(false);
  });

  it('F11 is compared with the checksum of the producer', () => {
    const positions = new TakenPositions();
    positions.checkSum(0, 0);
    positions.take(Buffer.from('one'));
    positions.take(Buffer.from('two'));
    positions.checkSum(1, 7);
    positions.checkSum(2, crc32('onetwo'));
    expect(() => positions.checkSum(2, crc32('onetow'))).to.throw('first 2 items');
    expect(() => positions.checkSum(3, 0)).to.throw('checksum of 3 items of a stream, and 2 came');
    const others = new TakenPositions();
    others.take(Buffer.from('one'));
    others.checkSum(1, 7);
  });
});
