import { expect } from 'chai';

import { REFERENCE_BYTES } from '../../../lib/base/byte-writer.ts';
import { POISON } from '../../../lib/stream/half/message-memory.ts';
import { TakenMemory } from '../../../lib/stream/half/taken-memory.ts';
import { MisuseError } from '../../../lib/errors/errors.ts';
import { ManualClock } from '../../../lib/testing.ts';

const BYTES = REFERENCE_BYTES;

/** Memory of a stream that the test moves on. */
class Bench {
  readonly clock = new ManualClock();
  /** The place up to which nobody needs what was sent. */
  done = 0;
  readonly memory: TakenMemory;

  constructor(poisonsBorrowed = false) {
    this.memory = new TakenMemory({ clock: this.clock, poisonsBorrowed }, () => this.done);
  }

  /** Takes memory and sends it, up to this place. */
  send(end: number, bytes = BYTES): Buffer {
    const piece = this.memory.take(bytes);
    this.memory.onSent([piece], end);
    return piece;
  }
}

describe('TakenMemory', () => {
  it('B1-take gives memory of exactly the size, which is the sender’s alone until it is sent', () => {
    const { memory } = new Bench();
    const pieces = [0, 1, 5_000, BYTES].map((bytes) => memory.take(bytes));
    expect(pieces.map(({ length }) => length)).to.deep.equal([0, 1, 5_000, BYTES]);
    expect(new Set(pieces.map(({ buffer }) => buffer)).size).to.equal(4);
  });

  it('B1-take uses memory again from the place on up to which nobody needs it', () => {
    const bench = new Bench();
    const [first, second] = [bench.send(10), bench.send(20)];
    bench.done = 9;
    expect(bench.send(30).buffer).not.to.be.oneOf([first.buffer, second.buffer]);
    bench.done = 10;
    expect(bench.send(40).buffer).to.equal(first.buffer);
    expect(bench.send(50).buffer).not.to.be.oneOf([first.buffer, second.buffer]);
    bench.done = 20;
    expect(bench.send(60).buffer).to.equal(second.buffer);
  });

  it('B1-take uses memory of less than 16 KiB again at once, as it was copied', () => {
    const bench = new Bench();
    const small = bench.send(10, BYTES - 1);
    expect(bench.send(20, BYTES - 1).buffer).to.equal(small.buffer);
    expect(bench.send(30, BYTES).buffer).to.equal(small.buffer);
    expect(bench.send(40, BYTES).buffer).not.to.equal(small.buffer);
  });

  it('B1-take refuses memory that was sent, as long as it was not taken again', () => {
    const bench = new Bench();
    const piece = bench.send(10);
    expect(() => bench.memory.judge([1, piece.subarray(7)])).to.throw(MisuseError, 'sent once');
    bench.done = 10;
    expect(bench.memory.take(BYTES).buffer).to.equal(piece.buffer);
    bench.memory.judge([piece, 'text', Buffer.alloc(9)]);
  });

  it('B1-take takes two parts of one piece in a message, and other memory, once each', () => {
    const bench = new Bench(true);
    const piece = bench.memory.take(2 * BYTES);
    const other = Buffer.alloc(BYTES);
    bench.memory.onSent([piece.subarray(0, BYTES), other, piece.subarray(BYTES)], 10);
    bench.done = 10;
    expect(bench.memory.take(BYTES).buffer).to.equal(piece.buffer);
    expect(bench.memory.take(BYTES).buffer).not.to.be.oneOf([piece.buffer, other.buffer]);
    expect(other[0]).to.equal(0);
  });

  it('B1-take keeps memory of which a small part was copied, and a large one is needed', () => {
    const bench = new Bench(true);
    const piece = bench.memory.take(2 * BYTES).fill(1);
    bench.memory.onSent([piece.subarray(0, 9), piece.subarray(9)], 10);
    expect(piece.every((byte) => byte === 1)).to.equal(true);
    expect(bench.memory.take(BYTES).buffer).not.to.equal(piece.buffer);
    bench.done = 10;
    expect(bench.memory.take(BYTES).buffer).to.equal(piece.buffer);
  });

  it('B1-take overwrites what is given back, where that is asked for, and nothing else', () => {
    const bench = new Bench(true);
    const [gone, needed, small] = [bench.send(10), bench.send(20), bench.memory.take(9)];
    for (const piece of [gone, needed, small]) piece.fill(1);
    bench.done = 10;
    bench.memory.giveBack();
    expect([gone[0], gone.at(-1), needed[0], small[0]]).to.deep.equal([POISON, POISON, 1, 1]);
    bench.memory.onSent([small], 30);
    expect([small[0], needed[0]]).to.deep.equal([POISON, 1]);
  });

  it('B1-take leaves memory alone that may be needed for longer than its place says', () => {
    const bench = new Bench(true);
    const left = bench.send(10).fill(1);
    bench.memory.leave();
    bench.done = 10;
    expect(bench.send(20).buffer).not.to.equal(left.buffer);
    expect(left[0]).to.equal(1);
    expect(() => bench.memory.judge([left])).to.throw(MisuseError);
  });

  it('B1-take leaves memory alone that its owner has moved elsewhere', () => {
    const bench = new Bench(true);
    const { buffer } = bench.send(10);
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    bench.done = 10;
    expect(bench.send(20)).to.have.property('length', BYTES);
  });

  it('B1-take holds nothing once it was idle, as soon as nobody needs what was sent', () => {
    const bench = new Bench();
    const [free, needed] = [bench.send(10), bench.send(20)];
    bench.done = 10;
    bench.clock.advance(1_000);
    const again = bench.memory.take(BYTES);
    expect(again.buffer, 'used within the last second').to.equal(free.buffer);
    bench.memory.onSent([again], 30);
    bench.done = 30;
    bench.clock.advance(1_000);
    bench.clock.advance(1_000);
    expect(bench.clock.pendingTimers).to.equal(0);
    expect(bench.send(40).buffer).not.to.be.oneOf([free.buffer, needed.buffer]);
    bench.clock.advance(1_000);
    bench.clock.advance(1_000);
    expect(bench.clock.pendingTimers, 'while the last one is needed').to.equal(1);
    bench.done = 40;
    bench.clock.advance(1_000);
    expect(bench.clock.pendingTimers).to.equal(0);
  });

  it('B1-take overwrites nothing and has no timer once the stream is over', () => {
    const bench = new Bench(true);
    const underWay = bench.send(10).fill(1);
    const late = bench.memory.take(9).fill(1);
    bench.memory.end();
    bench.done = 10;
    bench.memory.giveBack();
    bench.memory.onSent([late], 20);
    expect([underWay[0], late[0]]).to.deep.equal([1, 1]);
    expect(bench.clock.pendingTimers).to.equal(0);
  });
});
