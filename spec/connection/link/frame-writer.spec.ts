import { expect } from 'chai';

import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import { SLAB_BYTES, SlabPool } from '../../../lib/base/slab-pool.ts';
import type { Compressor } from '../../../lib/compression/compressor.ts';
import { writeEmptyFrame } from '../../../lib/connection/link/empty-frame.ts';
import { FrameWriter } from '../../../lib/connection/link/frame-writer.ts';
import { MisuseError } from '../../../lib/errors/errors.ts';
import { ScriptedSocket } from '../../support/scripted-socket.ts';
import { follow, rejectionOf } from '../../support/rejection.ts';
import { transfer } from '../../support/transferred.ts';
import { turns } from '../../support/turns.ts';

const BUDGET_BYTES = 1_000;
const YIELD_BYTES = 262_144;

/** Counts the slabs that are out. */
class CountedPool extends SlabPool {
  lent = 0;

  override take(): Buffer {
    this.lent++;
    return super.take();
  }

  override give(slab: Buffer): void {
    if (slab.length === SLAB_BYTES) this.lent--;
    super.give(slab);
  }
}

class Bench {
  readonly socket = new ScriptedSocket();
  readonly slabs = new CountedPool();
  readonly clock: ManualClock;
  blocked = 0;
  readonly writer: FrameWriter;

  constructor(clock: ManualClock = new ManualClock()) {
    this.clock = clock;
    this.writer = new FrameWriter(
      this.socket,
      { clock, slabs: this.slabs },
      BUDGET_BYTES,
      () => void this.blocked++,
    );
  }

  /** Writes a frame of a u32 header and a payload. */
  frame(payload: Uint8Array | string): void {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    const out = this.writer.beginFrame(4);
    out.append(bytes);
    out.patchU32(0, bytes.length);
    this.writer.endFrame();
  }

  drain(): void {
    this.socket.isTaking = true;
    this.writer.onDrain();
  }
}

describe('FrameWriter', () => {
  let bench: Bench;

  beforeEach(() => {
    bench = new Bench();
  });

  describe('counting', () => {
    it('counts the bytes that the kernel has taken', async () => {
      bench.frame('one');
      expect(bench.writer.sentBytes).to.equal(0);
      await turns(1);
      expect(bench.writer.sentBytes).to.equal(7);
      bench.socket.isTaking = false;
      bench.frame('two');
      bench.writer.flush();
      expect([bench.writer.sentBytes, bench.writer.inFlightBytes]).to.deep.equal([7, 7]);
      bench.drain();
      expect([bench.writer.sentBytes, bench.writer.inFlightBytes]).to.deep.equal([14, 0]);
    });

    it('tells a wait for its own budget from one for the kernel', async () => {
      const { clock, socket, writer } = bench;
      expect([writer.room(), writer.waits]).to.deep.equal([undefined, undefined]);
      bench.frame(Buffer.alloc(2 * BUDGET_BYTES));
      const room = writer.room();
      clock.advance(1);
      expect(writer.waits).to.include({ waitsFor: 'budget', budgetMs: 1, networkMs: 0 });
      socket.isTaking = false;
      writer.flush();
      clock.advance(2);
      expect(writer.waits).to.include({ waitsFor: 'network', budgetMs: 1, networkMs: 2 });
      bench.drain();
      await room;
      clock.advance(4);
      expect(writer.waits).to.include({ waitsFor: undefined, budgetMs: 1, networkMs: 2 });
    });
  });

  describe('gathering', () => {
    it('writes what one turn sends in one go, at its end', async () => {
      bench.frame('one');
      bench.frame('two');
      expect(bench.socket.writes).to.have.length(0);
      expect(bench.writer.bufferedBytes).to.equal(14);
      await turns(1);
      expect(bench.socket.writes.map(String)).to.deep.equal(['\x03\0\0\0one\x03\0\0\0two']);
      expect(bench.writer.bufferedBytes).to.equal(0);
    });

    it('writes at once when a slab is full', () => {
      for (let sent = 0; sent < SLAB_BYTES; sent += 1_004) bench.frame(Buffer.alloc(1_000));
      expect(bench.socket.writes).to.have.length(1);
    });

    it('B2-4 writes at once when as many frames have gathered as may', async () => {
      bench.writer.maxGathered = 3;
      for (const frame of ['one', 'two', 'three', 'four']) bench.frame(frame);
      expect(bench.socket.writes).to.have.length(1);
      await turns(1);
      bench.frame('five');
      bench.frame('six');
      expect(bench.socket.writes).to.have.length(2);
      await turns(1);
      expect(bench.socket.writes).to.have.length(3);
    });

    it('breaks the connection off rather than write a payload that lost its memory', async () => {
      const payload = new Uint8Array(100_000);
      bench.frame(payload);
      transfer(payload);
      await turns(1);
      expect(bench.socket.writes).to.have.length(0);
      expect(bench.socket.calls).to.deep.equal(['destroy']);
    });

    it('sends large payloads where they lie, 256 KiB in one write', () => {
      const payloads = [1, 2, 3].map((value) => Buffer.alloc(100_000, value));
      for (const payload of payloads.slice(0, 2)) bench.frame(payload);
      expect(bench.socket.writes).to.have.length(0);
      bench.frame(payloads[2]!);
      expect(bench.socket.writes).to.have.length(1);
      expect(bench.socket.lastSegments).to.include.members(payloads);
    });

    it('sends large payloads at the end of the turn when no more come', async () => {
      const payload = Buffer.alloc(100_000, 7);
      bench.frame(payload);
      await turns(1);
      expect(bench.socket.lastSegments).to.include(payload);
    });

    it('gathers behind a write that the socket still works on, and goes on when it is done', async () => {
      bench.socket.isTaking = false;
      bench.frame('one');
      await turns(1);
      expect(bench.blocked).to.equal(1);
      bench.frame('two');
      bench.frame('three');
      await turns(1);
      expect(bench.socket.writes).to.have.length(1);
      expect(bench.writer.bufferedBytes).to.equal(7 + 7 + 9);
      bench.drain();
      expect(bench.socket.writes).to.have.length(2);
      expect(bench.writer.bufferedBytes).to.equal(0);
    });

    it('gives slabs back when the socket is done with them, and keeps none when idle', async () => {
      bench.socket.isTaking = false;
      for (let frame = 0; frame < 3 * (SLAB_BYTES / 1_004); frame++) {
        bench.frame(Buffer.alloc(1_000));
      }
      await turns(1);
      expect(bench.slabs.lent).to.be.greaterThan(2);
      bench.drain();
      expect(bench.slabs.lent).to.equal(0);
    });
  });

  describe('frames', () => {
    it('takes back a frame whole', async () => {
      bench.frame('kept');
      bench.writer.beginFrame(4).append(Buffer.alloc(200_000));
      bench.writer.rollbackFrame();
      bench.frame('too');
      await turns(1);
      expect(bench.socket.written.toString()).to.equal('\x04\0\0\0kept\x03\0\0\0too');
      expect(bench.slabs.lent).to.equal(0);
    });

    it('takes back a frame whose content throws, and goes on', () => {
      const fill = (): never => {
        throw new TypeError('no content');
      };
      expect(() => bench.writer.writeFilled(4, fill)).to.throw(TypeError, 'no content');
      expect(bench.writer.isInFrame).to.equal(false);
      bench.frame('after');
      bench.writer.flush();
      expect(bench.socket.written.toString()).to.equal('\x05\0\0\0after');
    });

    it('refuses a frame inside of a frame, and end of stream as well', () => {
      bench.writer.beginFrame(4);
      expect(() => bench.writer.beginFrame(4)).to.throw(MisuseError);
      expect(() => bench.writer.writeFilled(4, () => {})).to.throw(MisuseError);
      expect(bench.writer.isInFrame, 'in the first one').to.equal(true);
      expect(() => bench.writer.writeFrame(Buffer.from('eos'))).to.throw(MisuseError);
      bench.writer.rollbackFrame();
      bench.frame('after');
      bench.writer.flush();
      expect(bench.socket.written.toString()).to.equal('\x05\0\0\0after');
    });

    it('does not write a frame that is not finished', () => {
      bench.frame('one');
      bench.writer.beginFrame(4);
      bench.writer.flush();
      expect(bench.socket.writes).to.have.length(0);
      bench.writer.endFrame();
      bench.writer.flush();
      expect(bench.socket.writes).to.have.length(1);
    });

    it('takes nothing more once it is closed, but writes what it has', async () => {
      bench.frame('before');
      bench.writer.close();
      bench.frame('after');
      bench.writer.writeUncompressed(Buffer.from('as it is'));
      bench.writer.writeFrame(Buffer.from('eos'));
      await turns(1);
      expect(bench.socket.written.toString()).to.equal('\x06\0\0\0before');
    });

    it('F29 is drained when it is closed while its only frame is being encoded', async () => {
      bench.writer.beginFrame(4);
      bench.writer.close();
      const drained = bench.writer.drained();
      bench.writer.endFrame();
      await drained;
      expect(bench.socket.writes).to.have.length(0);
      expect(bench.writer.bufferedBytes).to.equal(0);
    });

    it('F29 is drained when it is closed inside a frame that is taken back', async () => {
      bench.frame('before');
      bench.writer.beginFrame(4);
      bench.writer.close();
      const drained = bench.writer.drained();
      bench.writer.rollbackFrame();
      await drained;
      expect(bench.socket.written.toString()).to.equal('\x06\0\0\0before');
    });
  });

  describe('waiting', () => {
    it('S-S4 asks to wait above the budget, and lets go when the socket has taken it', async () => {
      bench.socket.isTaking = false;
      bench.frame(Buffer.alloc(BUDGET_BYTES - 4));
      expect(bench.writer.isFull).to.equal(false);
      expect(bench.writer.room()).to.equal(undefined);
      bench.frame('x');
      expect(bench.writer.isFull).to.equal(true);
      const room = follow(bench.writer.room()!);
      await turns(2);
      expect(room.outcome).to.equal(undefined);
      bench.drain();
      await turns(1);
      expect(room.outcome).to.deep.equal({ value: undefined });
    });

    it('yields a turn after so many bytes even if the socket takes them all', async () => {
      bench.frame(Buffer.alloc(YIELD_BYTES - 4));
      expect(bench.writer.bufferedBytes).to.equal(0);
      const room = bench.writer.room();
      expect(room).to.be.instanceOf(Promise);
      let isTurnOver = false;
      setImmediate(() => void (isTurnOver = true));
      await room;
      expect(isTurnOver).to.equal(false);
      await turns(1);
      bench.frame('small');
      expect(bench.writer.room(), 'the count begins anew').to.equal(undefined);
      bench.writer.flush();
    });

    it('yields a turn after so much time, however few the bytes are', async () => {
      const slowFrame = (): void => {
        bench.clock.advance(1);
        bench.frame('small');
      };
      let room: Promise<void> | undefined;
      for (let frames = 0; frames < 80 && room === undefined; frames++) {
        slowFrame();
        room = bench.writer.room();
      }
      expect(room).to.be.instanceOf(Promise);
      expect(bench.writer.room(), 'the same for all').to.equal(room);
      const other = new Bench(bench.clock);
      other.frame('small');
      expect(other.writer.room(), 'whatever the writer').to.be.instanceOf(Promise);
      await room;
      slowFrame();
      expect(bench.writer.room(), 'in the next turn').to.equal(undefined);
      bench.writer.flush();
    });

    it('S-S6 is drained when the socket has taken everything, and not before', async () => {
      await bench.writer.drained();
      bench.socket.isTaking = false;
      bench.frame('one');
      const drained = follow(bench.writer.drained());
      expect(bench.socket.writes, 'and it does not wait for the end of the turn').to.have.length(1);
      bench.frame('two');
      bench.socket.isTaking = false;
      bench.writer.onDrain();
      await turns(1);
      expect(drained.outcome, 'a second write is on its way').to.equal(undefined);
      bench.drain();
      await turns(1);
      expect(drained.outcome).to.deep.equal({ value: undefined });
    });

    it('S-S9 fails whoever waits with the first cause, and writes nothing more', async () => {
      bench.socket.isTaking = false;
      bench.frame(Buffer.alloc(2 * BUDGET_BYTES));
      const room = rejectionOf(bench.writer.room()!, Error);
      const drained = rejectionOf(bench.writer.drained(), Error);
      const cause = new Error('lost');
      bench.writer.lose(() => cause);
      bench.writer.lose(() => new Error('a second cause'));
      expect(await room).to.equal(cause);
      expect(await drained).to.equal(cause);
      expect(await rejectionOf(bench.writer.drained(), Error)).to.equal(cause);
      expect(bench.writer.room(), 'there is nothing to wait for').to.equal(undefined);
      bench.frame('late');
      bench.drain();
      expect(bench.socket.writes).to.have.length(1);
    });

    it('lets all wait for the error of a connection that is over, and takes and writes nothing', async () => {
      bench.socket.isTaking = false;
      bench.frame(Buffer.alloc(2 * BUDGET_BYTES));
      const room = follow(bench.writer.room()!);
      const drained = follow(bench.writer.drained());
      const heldBytes = bench.writer.bufferedBytes;
      bench.writer.awaitError();
      bench.frame('late');
      const later = follow(bench.writer.room()!);
      bench.writer.flush();
      await turns(2);
      expect([room.outcome, drained.outcome, later.outcome]).to.deep.equal(
        Array(3).fill(undefined),
      );
      expect(bench.writer.bufferedBytes).to.equal(heldBytes);
      expect(bench.socket.writes).to.have.length(1);
      const error = new Error('known at last');
      bench.writer.lose(() => error);
      await turns(2);
      expect([room.outcome, drained.outcome, later.outcome]).to.deep.equal(
        Array(3).fill({ error }),
      );
    });

    it('leaves rejections that nobody waits for unnoticed', async () => {
      bench.socket.isTaking = false;
      bench.frame(Buffer.alloc(2 * BUDGET_BYTES));
      void bench.writer.room();
      void bench.writer.drained();
      bench.writer.lose(() => new Error('lost'));
      await turns(2);
    });
  });

  describe('with a compressor', () => {
    const frames: string[] = [];
    const shouting: Compressor = {
      name: 'SHOUTING',
      compress: (frame) => {
        frames.push(frame.toString());
        return Buffer.from(`<${frame.subarray(4).toString().toUpperCase()}>`);
      },
      decompress: (payload) => payload,
    };

    beforeEach(() => {
      frames.length = 0;
      bench.writer.compressor = shouting;
    });

    it('S-W12 wraps each frame whole behind the length of what the compressor made of it', () => {
      bench.frame('one');
      bench.frame('three');
      bench.writer.flush();
      expect(frames).to.deep.equal(['\x03\0\0\0one', '\x05\0\0\0three']);
      expect(bench.socket.written.toString()).to.equal('\x05\0\0\0<ONE>\x07\0\0\0<THREE>');
    });

    it('compresses end of stream, sends empty frames through, and leaves the negotiation as it is', () => {
      bench.writer.writeUncompressed(Buffer.from('plain'));
      writeEmptyFrame(bench.writer);
      bench.writer.writeFrame(Buffer.from('eos.eos'));
      bench.writer.flush();
      expect(bench.socket.written.toString()).to.equal('plain\x02\0\0\0<>\x05\0\0\0<EOS>');
    });

    it('drops a frame that the compressor fails at, and goes on', () => {
      bench.writer.compressor = {
        ...shouting,
        compress: (frame) => {
          expect(() => bench.writer.beginFrame(4), 'in the compressor').to.throw(MisuseError);
          if (frame.includes('bad')) throw new RangeError('incompressible');
          return shouting.compress(frame);
        },
      };
      const bad = (): void => {
        bench.writer.writeFilled(4, (out) => out.append(Buffer.from(`bad${'.'.repeat(100_000)}`)));
      };
      expect(bad).to.throw(RangeError, 'incompressible');
      expect(bench.writer.isInFrame).to.equal(false);
      bench.frame('one');
      bench.writer.flush();
      expect(bench.socket.written.toString()).to.equal('\x05\0\0\0<ONE>');
      expect(bench.slabs.lent, 'no slab is given back twice, none is kept').to.equal(0);
    });

    it('takes back a frame before the compressor has seen it', () => {
      bench.writer.beginFrame(4).append(Buffer.from('secret'));
      bench.writer.rollbackFrame();
      bench.frame('sent');
      bench.writer.flush();
      expect(frames).to.deep.equal(['\x04\0\0\0sent']);
    });
  });

  it('sends no empty frame without a compressor', () => {
    writeEmptyFrame(bench.writer);
    bench.writer.flush();
    expect(bench.socket.writes).to.have.length(0);
  });
});
