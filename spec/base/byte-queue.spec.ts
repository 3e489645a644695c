import { expect } from 'chai';
import fc from 'fast-check';

import { ByteQueue } from '../../lib/base/byte-queue.ts';
import { everySplit, hex, randomBytes } from '../support/chunks.ts';
import { heldBytes } from '../support/held-bytes.ts';
import { streamFrame, u32le } from '../support/wire-bytes.ts';

/** What the queue does, in the slow and obvious way. */
class SlowQueue {
  #bytes: Buffer = Buffer.alloc(0);

  get byteLength(): number {
    return this.#bytes.length;
  }

  append(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
  }

  take(bytes: number): Buffer {
    const taken = this.#bytes.subarray(0, bytes);
    this.#bytes = this.#bytes.subarray(bytes);
    return taken;
  }

  peekU32(): number {
    return this.#bytes.readUInt32LE(0);
  }

  takePrefixed(maxBytes: number): Buffer | undefined {
    if (this.#bytes.length < 4) return undefined;
    const bytes = this.peekU32();
    if (bytes > maxBytes || this.#bytes.length < 4 + bytes) return undefined;
    return this.take(4 + bytes).subarray(4);
  }
}

type Step =
  | { readonly kind: 'append'; readonly bytes: number }
  | { readonly kind: 'message'; readonly bytes: number }
  | { readonly kind: 'take'; readonly share: number }
  | { readonly kind: 'skip'; readonly share: number }
  | { readonly kind: 'takePrefixed'; readonly maxBytes: number }
  | { readonly kind: 'placePrefixed'; readonly maxBytes: number }
  | { readonly kind: 'clear' };

/** Tiny, around the size from which chunks are not copied, and large. */
const chunkBytes = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 8 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1020, max: 1030 }) },
  { weight: 1, arbitrary: fc.integer({ min: 10_000, max: 20_000 }) },
);

const share = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constant(1));

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: chunkBytes.map((bytes) => ({ kind: 'append' as const, bytes })) },
  { weight: 3, arbitrary: chunkBytes.map((bytes) => ({ kind: 'message' as const, bytes })) },
  { weight: 3, arbitrary: share.map((part) => ({ kind: 'take' as const, share: part })) },
  { weight: 3, arbitrary: share.map((part) => ({ kind: 'skip' as const, share: part })) },
  {
    weight: 4,
    arbitrary: chunkBytes.map((maxBytes) => ({ kind: 'takePrefixed' as const, maxBytes })),
  },
  {
    weight: 4,
    arbitrary: chunkBytes.map((maxBytes) => ({ kind: 'placePrefixed' as const, maxBytes })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
);

/** The message that the queue gives as a view; undefined if it takes none. */
function taken(queue: ByteQueue, maxBytes: number): Buffer | undefined {
  return queue.takePrefixed(maxBytes);
}

/** The message that the queue sets a place to; undefined if it takes none. */
function placed(queue: ByteQueue, maxBytes: number): Buffer | undefined {
  let found: Buffer | undefined;
  const isTaken = queue.placePrefixed(maxBytes, {
    set: (bytes, memory, memoryAt, start, byteLength) => {
      found = Buffer.from(memory, memoryAt + start, byteLength);
      expect(bytes.subarray(start, start + byteLength).equals(found)).to.equal(true);
    },
  });
  expect(isTaken).to.equal(found !== undefined);
  return found;
}

describe('base/byte-queue', () => {
  it('does what its slow twin does, whatever is appended and taken', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new ByteQueue();
        const twin = new SlowQueue();
        const views: { view: Buffer; expected: Buffer }[] = [];
        for (const [seed, each] of steps.entries()) {
          if (each.kind === 'append' || each.kind === 'message') {
            const bytes = randomBytes(each.bytes, seed);
            const chunk = each.kind === 'append' ? bytes : streamFrame(bytes);
            twin.append(chunk);
            queue.append(Buffer.from(chunk));
          } else if (each.kind === 'takePrefixed' || each.kind === 'placePrefixed') {
            const take = each.kind === 'takePrefixed' ? taken : placed;
            const view = take(queue, each.maxBytes);
            // What spans chunks is left to others; what is taken must be right.
            if (view !== undefined)
              views.push({ view, expected: twin.takePrefixed(each.maxBytes)! });
          } else if (each.kind === 'clear') {
            queue.clear();
            twin.take(twin.byteLength);
          } else {
            const bytes = Math.floor(twin.byteLength * each.share);
            const expected = twin.take(bytes);
            if (each.kind === 'skip') queue.skip(bytes);
            else views.push({ view: queue.take(bytes), expected });
          }
          expect(queue.byteLength).to.equal(twin.byteLength);
          if (twin.byteLength >= 4) expect(queue.peekU32()).to.equal(twin.peekU32());
        }
        // At the end, so that memory which was used again would show.
        for (const { view, expected } of views) expect(view.equals(expected)).to.equal(true);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('F10 gives the same bytes at every split', () => {
    const bytes = hex('01020304 05060708 090a0b0c');
    for (const slices of everySplit(bytes)) {
      const queue = new ByteQueue();
      for (const slice of slices) queue.append(slice);
      expect(queue.peekU32()).to.equal(0x0403_0201);
      expect(queue.take(5).toString('hex')).to.equal('0102030405');
      queue.skip(3);
      expect(queue.take(4).toString('hex')).to.equal('090a0b0c');
      expect(queue.byteLength).to.equal(0);
    }
  });

  it('takes nothing from nothing', () => {
    const queue = new ByteQueue();
    queue.append(Buffer.alloc(0));
    expect(queue.take(0)).to.have.length(0);
    expect(queue.byteLength).to.equal(0);
  });

  it('gives a view of a chunk, and copies what spans two', () => {
    const chunks = [Buffer.alloc(2000), Buffer.alloc(2000)] as const;
    const queue = new ByteQueue();
    for (const chunk of chunks) queue.append(chunk);
    expect(queue.take(1000).buffer).to.equal(chunks[0].buffer);
    expect(queue.take(2000).buffer).not.to.be.oneOf([chunks[0].buffer, chunks[1].buffer]);
    expect(queue.take(1000).buffer).to.equal(chunks[1].buffer);
  });

  describe('takePrefixed', () => {
    it('takes what lies whole in the first chunk, as a view of it', () => {
      const chunk = Buffer.concat([Buffer.from('behind'), streamFrame(Buffer.from('payload'))]);
      const queue = new ByteQueue();
      queue.append(chunk.subarray(6));
      const taken = queue.takePrefixed(7)!;
      expect(taken.toString()).to.equal('payload');
      expect([taken.buffer, taken.byteOffset]).to.deep.equal([
        chunk.buffer,
        chunk.byteOffset + 6 + 4,
      ]);
      expect(queue.byteLength).to.equal(0);
      expect(queue.takePrefixed(7)).to.equal(undefined);
    });

    it('gives Buffers like any other', () => {
      const queue = new ByteQueue();
      queue.append(streamFrame(Buffer.from('payload')));
      const taken = queue.takePrefixed(100);
      expect(Buffer.isBuffer(taken)).to.equal(true);
      expect(taken).to.deep.equal(Buffer.from('payload'));
    });

    it('takes nothing payload by payload, also at the very end of a chunk', () => {
      const queue = new ByteQueue();
      queue.append(Buffer.concat([u32le(0), u32le(0)]));
      expect(queue.takePrefixed(0)).to.have.length(0);
      expect(queue.takePrefixed(0)).to.have.length(0);
      expect(queue.takePrefixed(0)).to.equal(undefined);
    });
  });

  for (const take of [taken, placed]) {
    describe(take === taken ? 'takePrefixed, at its bounds' : 'placePrefixed', () => {
      it('S-W11, F10 leaves all that is not whole, spans chunks, or is too long', () => {
        const frame = streamFrame(Buffer.alloc(2_000, 7));
        for (let at = 1; at < frame.length; at++) {
          const queue = new ByteQueue();
          queue.append(frame.subarray(0, at));
          expect(take(queue, 2_000)).to.equal(undefined);
          // So large that it stays a chunk of its own.
          queue.append(Buffer.concat([frame.subarray(at), Buffer.alloc(2_000)]));
          expect(take(queue, 2_000)).to.equal(undefined);
          expect(queue.byteLength).to.equal(frame.length + 2_000);
          expect(queue.peekU32()).to.equal(2_000);
          queue.skip(4);
          expect(queue.take(2_000).equals(frame.subarray(4))).to.equal(true);
        }
        const queue = new ByteQueue();
        queue.append(frame);
        expect(take(queue, 1_999)).to.equal(undefined);
        expect(take(queue, 2_000)).to.have.length(2_000);
      });

      it('S-W11 takes a length with its top bit set for what it is', () => {
        for (const length of [0x8000_0000, 0xffff_fffe, 0xffff_ffff]) {
          const queue = new ByteQueue();
          queue.append(Buffer.concat([u32le(length), Buffer.alloc(100)]));
          expect(take(queue, 0xffff_ffff)).to.equal(undefined);
          expect(take(queue, 1_000)).to.equal(undefined);
          expect([queue.peekU32(), queue.byteLength]).to.deep.equal([length, 104]);
        }
      });
    });
  }

  it('E1-memory a peer that writes one byte at a time costs little more than its bytes', async () => {
    const count = 100_000;
    const before = await heldBytes();
    const queue = new ByteQueue();
    // Each byte lies in memory of its own, which must not be kept for it.
    for (let i = 0; i < count; i++) queue.append(Buffer.alloc(2_000).subarray(0, 1));
    expect((await heldBytes()) - before).to.be.below(20 * count);
    expect(queue.byteLength).to.equal(count);
  });

  it('E1-memory chunks that are small and large by turns cost at most twice their bytes', async () => {
    const rounds = 2_000;
    const before = await heldBytes();
    const queue = new ByteQueue();
    for (let i = 0; i < rounds; i++) {
      queue.append(Buffer.alloc(1_024));
      queue.append(Buffer.alloc(1));
    }
    expect(queue.byteLength).to.equal(rounds * 1_025);
    expect((await heldBytes()) - before).to.be.below(2 * rounds * 1_025 + 65_536);
  });

  it('E1-memory a queue that is never empty does not grow with what passed through it', async () => {
    const chunk = Buffer.alloc(1_024);
    const queue = new ByteQueue();
    queue.append(chunk);
    queue.append(chunk);
    const before = await heldBytes();
    for (let i = 0; i < 1_000_000; i++) {
      queue.append(chunk);
      queue.skip(chunk.length);
    }
    expect((await heldBytes()) - before).to.be.below(1_048_576);
    expect(queue.byteLength).to.equal(2 * chunk.length);
  });
});
