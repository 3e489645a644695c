import { expect } from 'chai';
import fc from 'fast-check';

import { BlockQueue } from '../../lib/base/block-queue.ts';
import { randomBytes } from '../support/chunks.ts';

const PREFIX_BYTES = 4;
const MAX_BYTES = 1_048_576;
/** Later ones are large, so that a run does not consist of single bytes. */
const MAX_DRAWN_READS = 500;

/** Messages are parts of it, at places of their own. */
const RANDOM = randomBytes(320_000, 1);

/** Around the sizes at which messages are read in another way. */
const messageBytes = fc.oneof(
  fc.integer({ min: 0, max: 100 }),
  fc.integer({ min: 16_370, max: 16_390 }),
  fc.integer({ min: 65_520, max: 65_560 }),
  fc.integer({ min: 100_000, max: 300_000 }),
);

/** How much comes with a read: the transport fills the place that it has, or a part of it. */
const readBytes = fc.oneof(
  fc.integer({ min: 1, max: 8 }),
  fc.integer({ min: 16_000, max: 17_000 }),
  fc.constant(1_000_000),
);

function wire(messages: readonly Buffer[]): Buffer {
  return Buffer.concat(
    messages.flatMap((message) => {
      const header = Buffer.alloc(PREFIX_BYTES);
      header.writeUInt32LE(message.length);
      return [header, message];
    }),
  );
}

/** Cuts a message off, as a decoder does. */
function cut(queue: BlockQueue): Buffer | undefined {
  const whole = queue.takePrefixed(MAX_BYTES);
  if (whole !== undefined || queue.byteLength < PREFIX_BYTES) return whole;
  const bytes = queue.peekU32();
  if (!queue.gather(PREFIX_BYTES + bytes)) return undefined;
  queue.skip(PREFIX_BYTES);
  return queue.take(bytes);
}

/** Plays a transport: reads into the place that it is given, or else into memory of its own. */
class Reads {
  readonly #queue: BlockQueue;
  readonly #isDirect: boolean;
  #left: Buffer;
  #place: Buffer | undefined;

  constructor(queue: BlockQueue, bytes: Buffer, isDirect: boolean) {
    this.#queue = queue;
    this.#left = bytes;
    this.#isDirect = isDirect;
  }

  get isOver(): boolean {
    return this.#left.length === 0;
  }

  /** As Node does, it asks for the next place as soon as a read is over. */
  read(atMost: number): void {
    const place = this.#place;
    const bytes = Math.min(atMost, place?.length ?? 65_536, this.#left.length);
    const part = this.#left.subarray(0, bytes);
    this.#left = this.#left.subarray(bytes);
    if (place === undefined) this.#queue.append(Buffer.from(part));
    else {
      part.copy(place);
      this.#queue.append(place.subarray(0, bytes));
    }
  }

  ask(): void {
    if (!this.#isDirect) return;
    if (this.#queue.byteLength >= PREFIX_BYTES) {
      this.#queue.gather(PREFIX_BYTES + this.#queue.peekU32());
    }
    this.#place = this.#queue.readInto();
  }
}

describe('BlockQueue', () => {
  it('B1-borrowed gives every message whole, until it is given back, however its bytes come', () => {
    const plan = fc.record({
      sizes: fc.array(messageBytes, { minLength: 1, maxLength: 12 }),
      reads: fc.array(readBytes, { minLength: 1 }),
      // Messages that the reader takes at most between two reads, and before it gives them back.
      pace: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1 }),
      // Whether it is done with what it has before the next read.
      isDone: fc.array(fc.boolean(), { minLength: 1 }),
      isEager: fc.boolean(),
      isDirect: fc.boolean(),
    });
    fc.assert(
      fc.property(plan, ({ sizes, reads, pace, isDone, isEager, isDirect }) => {
        const messages = sizes.map((size, i) => RANDOM.subarray(i * 1_000, i * 1_000 + size));
        const queue = new BlockQueue();
        const transport = new Reads(queue, wire(messages), isDirect);
        let taken = 0;
        let lent: { readonly view: Buffer; readonly index: number }[] = [];
        const take = (atMost: number): void => {
          for (let i = 0; i < atMost; i++) {
            const view = cut(queue);
            if (view === undefined) return;
            lent.push({ view, index: taken++ });
          }
        };
        const giveBack = (): void => {
          for (const { view, index } of lent) {
            expect(view.equals(messages[index]!), `message ${index}`).to.equal(true);
            // It is the reader's until then.
            view.fill(0xdb);
          }
          lent = [];
          queue.giveBack();
        };
        for (let turn = 0; !transport.isOver; turn++) {
          transport.read(turn < MAX_DRAWN_READS ? reads[turn % reads.length]! : MAX_BYTES);
          if (isEager) take(1);
          transport.ask();
          take(pace[turn % pace.length]!);
          if (isDone[turn % isDone.length]!) giveBack();
        }
        take(Infinity);
        giveBack();
        expect(taken).to.equal(messages.length);
        expect(queue.byteLength).to.equal(0);
      }),
      { numRuns: 40 },
    );
  });

  it('B1-borrowed reads into the same memory again when messages are given back', () => {
    const queue = new BlockQueue();
    const bytes = wire(Array.from({ length: 20 }, (_none, i) => randomBytes(65_536, i)));
    const transport = new Reads(queue, bytes, true);
    const memories = new Set<ArrayBufferLike>();
    while (!transport.isOver) {
      transport.read(1_000_000);
      const message = cut(queue);
      transport.ask();
      if (message !== undefined) memories.add(message.buffer);
      queue.giveBack();
    }
    expect(memories.size).to.be.below(5);
  });

  it('B1-borrowed has a place for what follows a large message, however small its last chunk is', () => {
    const queue = new BlockQueue();
    const message = RANDOM.subarray(0, 100_000);
    const bytes = wire([message]);
    queue.append(bytes.subarray(0, -10));
    queue.gather(bytes.length);
    const place = queue.readInto();
    bytes.copy(place!, 0, bytes.length - 10);
    queue.append(place!.subarray(0, 10));
    expect(cut(queue)?.equals(message)).to.equal(true);
    expect(queue.readInto()).to.have.property('length').that.is.at.least(message.length);
  });

  it('B1-borrowed does not read over a message that was not given back', () => {
    const queue = new BlockQueue();
    const messages = [1, 2, 3, 4].map((seed) => randomBytes(20_000, seed));
    const transport = new Reads(queue, wire(messages), true);
    const lent: Buffer[] = [];
    while (!transport.isOver) {
      transport.read(PREFIX_BYTES + 20_000);
      lent.push(cut(queue)!);
      transport.ask();
    }
    expect(lent.map((message, i) => message.equals(messages[i]!))).to.deep.equal(
      messages.map(() => true),
    );
  });

  it('B1-borrowed keeps memory that was lent when it is emptied', () => {
    const queue = new BlockQueue();
    const messages = Array.from({ length: 6 }, (_none, i) => randomBytes(65_536, i));
    const lent: Buffer[] = [];
    const readAll = (transport: Reads): void => {
      while (!transport.isOver) {
        transport.read(1_000_000);
        const message = cut(queue);
        transport.ask();
        if (message !== undefined) lent.push(message);
      }
    };
    readAll(new Reads(queue, wire(messages), true));
    queue.clear();
    queue.giveBack();
    readAll(new Reads(queue, wire(messages.toReversed()), true));
    for (const [i, message] of messages.entries()) {
      expect(lent[i]?.equals(message), `message ${i}`).to.equal(true);
    }
  });

  it('B1-borrowed keeps what is lent, and what was not taken, when free memory is let go', () => {
    const queue = new BlockQueue();
    const messages = [1, 2, 3].map((seed) => randomBytes(1_000 * seed, seed));
    queue.append(wire(messages));
    const lent = [cut(queue)!];
    queue.trim();
    lent.push(cut(queue)!, cut(queue)!);
    expect(queue.byteLength).to.equal(0);
    queue.trim();
    queue.append(wire(messages.toReversed()));
    const later = cut(queue)!;
    expect(lent.map((message, i) => message.equals(messages[i]!))).to.deep.equal([
      true,
      true,
      true,
    ]);
    expect(later.equals(messages[2]!)).to.equal(true);
  });

  it('gives bytes to keep in memory of their own', () => {
    const queue = new BlockQueue();
    const bytes = randomBytes(100, 1);
    queue.append(Buffer.from(bytes));
    const kept = queue.takeToKeep(100);
    queue.giveBack();
    queue.append(Buffer.alloc(100));
    expect(kept.equals(bytes)).to.equal(true);
  });
});
