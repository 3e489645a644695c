import { expect } from 'chai';
import fc from 'fast-check';

import { ByteQueue } from '../../lib/base/byte-queue.ts';
import { randomBytes } from '../support/chunks.ts';
import { heldBytes } from '../support/held-bytes.ts';
import { streamFrame, u32le } from '../support/wire-bytes.ts';

const PREFIX_BYTES = 4;
/** From this size on pieces are gathered, with the prefix. */
const LEAST = 16_384;
/** Up to this size they are gathered at once. */
const TRUSTED = 262_144;
const MIB = 1_048_576;

/** Long enough for whatever is cut out of it. */
const PATTERN = randomBytes(600_000, 1);

/** `bytes` bytes that differ from seed to seed. */
function payloadOf(bytes: number, seed: number): Buffer {
  const at = (seed * 7_919) % (PATTERN.length - bytes);
  return PATTERN.subarray(at, at + bytes);
}

/** A queue that has the first `held` bytes of a piece and was asked for the whole. */
function begun(piece: Buffer, held: number): ByteQueue {
  const queue = new ByteQueue();
  queue.append(Buffer.from(piece.subarray(0, held)));
  expect(queue.gather(piece.length)).to.equal(false);
  return queue;
}

/** As a socket does that reads to where the queue wants it; returns how much there was room for. */
function readInto(queue: ByteQueue, bytes: Buffer): number {
  const place = queue.readInto();
  if (place === undefined) {
    queue.append(Buffer.from(bytes));
    return bytes.length;
  }
  const step = bytes.copy(place);
  queue.append(place.subarray(0, step));
  return step;
}

/** Takes the message at the front, as decoders do; asks for its bytes to be gathered while some are missing. */
function takeMessage(queue: ByteQueue): Buffer | undefined {
  const whole = queue.takePrefixed(MIB);
  if (whole !== undefined) return whole;
  if (queue.byteLength < PREFIX_BYTES) return undefined;
  const bytes = queue.peekU32();
  if (!queue.gather(PREFIX_BYTES + bytes)) return undefined;
  queue.skip(PREFIX_BYTES);
  return queue.take(bytes);
}

type Step =
  | { readonly kind: 'deliver'; readonly bytes: number; readonly isInPlace: boolean }
  | { readonly kind: 'takeOne' }
  | { readonly kind: 'takeAll' }
  | { readonly kind: 'clear' };

const messageBytes = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 40 }) },
  { weight: 4, arbitrary: fc.integer({ min: LEAST - 8, max: LEAST + 8 }) },
  { weight: 2, arbitrary: fc.integer({ min: 30_000, max: 70_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: TRUSTED - 8, max: TRUSTED + 8 }) },
);

const deliveredBytes = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 8 }) },
  { weight: 2, arbitrary: fc.integer({ min: 500, max: 3_000 }) },
  { weight: 4, arbitrary: fc.integer({ min: 10_000, max: 80_000 }) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('deliver' as const),
      bytes: deliveredBytes,
      isInPlace: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ kind: 'takeOne' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'takeAll' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
);

describe('base/byte-queue, gathering a piece', () => {
  it('F10 gives the messages of its slow twin, however they come and are asked for', () => {
    fc.assert(
      fc.property(
        fc.array(messageBytes, { minLength: 1, maxLength: 12 }),
        fc.array(step, { maxLength: 120 }),
        (sizes, steps) => {
          const payloads = sizes.map((bytes, seed) => payloadOf(bytes, seed));
          const wire = Buffer.concat(payloads.map(streamFrame));
          const ends = payloads.map(
            (_, index) => Buffer.concat(payloads.slice(0, index + 1).map(streamFrame)).length,
          );
          let delivered = 0;
          let next = 0;
          const taken: { message: Buffer; expected: Buffer }[] = [];
          const queue = new ByteQueue();
          const takeOne = (): boolean => {
            const message = takeMessage(queue);
            const isThere = next < ends.length && ends[next]! <= delivered;
            expect(message !== undefined).to.equal(isThere);
            if (message === undefined) return false;
            taken.push({ message, expected: payloads[next++]! });
            return true;
          };
          for (const each of steps) {
            if (each.kind === 'takeOne') takeOne();
            else if (each.kind === 'takeAll') while (takeOne());
            else if (each.kind === 'clear') {
              queue.clear();
              // Whatever comes next is a message from its start.
              next = ends.findIndex((end) => end > delivered) + 1;
              if (next === 0) next = ends.length;
              delivered = ends[next - 1]!;
            } else {
              const bytes = wire.subarray(delivered, delivered + each.bytes);
              if (each.isInPlace) delivered += readInto(queue, bytes);
              else {
                queue.append(Buffer.from(bytes));
                delivered += bytes.length;
              }
            }
            const start = next === 0 ? 0 : ends[next - 1]!;
            expect(queue.byteLength).to.equal(Math.max(0, delivered - start));
          }
          // At the end, so that memory which was written to again would show.
          for (const { message, expected } of taken) {
            expect(message.equals(expected)).to.equal(true);
          }
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });

  it('F10 gives a piece and what stands behind it at every split', () => {
    const payload = payloadOf(LEAST, 1);
    const behind = streamFrame(Buffer.from('behind'));
    const wire = Buffer.concat([streamFrame(payload), behind]);
    for (let at = 0; at <= wire.length; at++) {
      const queue = new ByteQueue();
      queue.append(wire.subarray(0, at));
      const early = takeMessage(queue);
      queue.append(wire.subarray(at));
      const message = early ?? takeMessage(queue);
      if (message?.equals(payload) !== true) expect.fail(`split at ${at}`);
      expect(takeMessage(queue)?.toString()).to.equal('behind');
      expect(queue.byteLength).to.equal(0);
    }
  });

  it('leaves pieces alone that are smaller than 16 KiB', () => {
    const small = streamFrame(payloadOf(LEAST - PREFIX_BYTES - 1, 1));
    expect(begun(small, 100).readInto()).to.equal(undefined);
    const large = streamFrame(payloadOf(LEAST - PREFIX_BYTES, 1));
    expect(begun(large, 100).readInto()).to.have.length(LEAST - 100 + PREFIX_BYTES);
  });

  it('copies each byte once: what is taken lies where it was read to', () => {
    const payload = payloadOf(100_000, 1);
    const wire = streamFrame(payload);
    const queue = begun(wire, 10);
    const place = queue.readInto()!;
    for (let at = 10; at < wire.length;) at += readInto(queue, wire.subarray(at, at + 30_000));
    const message = takeMessage(queue)!;
    expect(message.buffer).to.equal(place.buffer);
    expect(message.equals(payload)).to.equal(true);
    expect(queue.readInto()).to.equal(undefined);
  });

  it('reads the next length along with a piece, and goes on behind it', () => {
    const payloads = [payloadOf(20_000, 1), payloadOf(30_000, 2)] as const;
    const wire = Buffer.concat(payloads.map(streamFrame));
    for (let extra = 0; extra <= PREFIX_BYTES; extra++) {
      const first = PREFIX_BYTES + payloads[0].length;
      const queue = begun(wire.subarray(0, first), 10);
      expect(queue.readInto()).to.have.length(first - 10 + PREFIX_BYTES);
      readInto(queue, wire.subarray(10, first + extra));
      const message = takeMessage(queue)!;
      expect(queue.byteLength).to.equal(extra);
      expect(takeMessage(queue)).to.equal(undefined);
      if (extra === PREFIX_BYTES) expect(queue.readInto()).not.to.equal(undefined);
      for (let at = first + extra; at < wire.length;) at += readInto(queue, wire.subarray(at));
      expect(takeMessage(queue)?.equals(payloads[1])).to.equal(true);
      expect(message.equals(payloads[0]), 'the first one stays').to.equal(true);
    }
  });

  it('takes what stands behind a piece in the same chunk', () => {
    const payload = payloadOf(20_000, 1);
    const wire = streamFrame(payload);
    const queue = begun(wire, 10);
    const behind = ['a', 'bc', ''].map((text) => streamFrame(Buffer.from(text)));
    queue.append(Buffer.concat([wire.subarray(10), ...behind, payload.subarray(0, 2_000)]));
    expect(takeMessage(queue)?.equals(payload)).to.equal(true);
    expect([1, 2, 3].map(() => takeMessage(queue)?.toString())).to.deep.equal(['a', 'bc', '']);
    expect(queue.byteLength).to.equal(2_000);
  });

  it('forgets a piece when it is cleared, also one that is being read to', () => {
    const wire = streamFrame(payloadOf(20_000, 1));
    const queue = begun(wire, 10);
    const place = queue.readInto()!;
    queue.clear();
    expect([queue.byteLength, queue.readInto()]).to.deep.equal([0, undefined]);
    const later = streamFrame(payloadOf(20_000, 2));
    queue.append(Buffer.from(later.subarray(0, 10_000)));
    takeMessage(queue);
    place.fill(0);
    queue.append(Buffer.from(later.subarray(10_000)));
    expect(takeMessage(queue)?.equals(later.subarray(PREFIX_BYTES))).to.equal(true);
  });

  describe('its trust in a length', () => {
    it('E1-memory gives at most 256 KiB to a piece that has only begun', () => {
      for (const [bytes, isTrusted] of [
        [TRUSTED - 1, true],
        [TRUSTED, true],
        [TRUSTED + 1, false],
        [16 * MIB, false],
      ] as const) {
        const queue = new ByteQueue();
        queue.append(u32le(bytes - PREFIX_BYTES));
        queue.gather(bytes);
        expect(queue.readInto() !== undefined, `${bytes}`).to.equal(isTrusted);
      }
    });

    it('E1-memory takes no memory for a lie, and as much as four times what has come', async () => {
      const claimed = 16 * MIB;
      const queue = new ByteQueue();
      queue.append(u32le(claimed));
      queue.append(Buffer.alloc(96));
      const before = await heldBytes();
      expect(queue.gather(claimed + PREFIX_BYTES)).to.equal(false);
      expect((await heldBytes()) - before).to.be.below(MIB);
      queue.append(Buffer.alloc(4 * MIB - queue.byteLength));
      queue.gather(claimed + PREFIX_BYTES);
      expect(queue.readInto(), 'one byte short of a quarter').to.equal(undefined);
      queue.append(Buffer.alloc(1));
      queue.gather(claimed + PREFIX_BYTES);
      expect(queue.readInto()).to.have.length(12 * MIB - 1 + 2 * PREFIX_BYTES);
      expect(queue.peekU32()).to.equal(claimed);
    });

    it('trusts a length that it has had before, and none above it', () => {
      const had = payloadOf(500_000, 1);
      const queue = begun(streamFrame(had), 200_000);
      queue.append(Buffer.from(had.subarray(200_000 - PREFIX_BYTES)));
      expect(takeMessage(queue)?.equals(had)).to.equal(true);
      queue.append(u32le(had.length + 1));
      expect(takeMessage(queue)).to.equal(undefined);
      expect(queue.readInto()).to.equal(undefined);
      queue.clear();
      queue.append(u32le(had.length));
      expect(takeMessage(queue)).to.equal(undefined);
      expect(queue.readInto()).to.have.length(had.length + PREFIX_BYTES);
    });
  });

  it('alternates between small and large, and leaves what it gave alone', () => {
    const payloads = Array.from({ length: 60 }, (_, seed) =>
      payloadOf(seed % 2 === 0 ? 10 : 40_000 + seed, seed),
    );
    const wire = Buffer.concat(payloads.map(streamFrame));
    const queue = new ByteQueue();
    const messages: Buffer[] = [];
    for (let at = 0; at < wire.length;) {
      at += readInto(queue, wire.subarray(at, at + 25_000));
      for (let message; (message = takeMessage(queue)) !== undefined;) messages.push(message);
    }
    expect(messages.map((message, index) => message.equals(payloads[index]!))).to.deep.equal(
      payloads.map(() => true),
    );
    // Two messages never lie in the same bytes.
    for (const [index, message] of messages.entries()) message.fill(index);
    for (const [index, message] of messages.entries()) {
      expect(message.every((byte) => byte === index)).to.equal(true);
    }
  });
});
