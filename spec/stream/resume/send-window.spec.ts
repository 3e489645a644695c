import { expect } from 'chai';
import fc from 'fast-check';

import { REFERENCE_BYTES } from '../../../lib/base/byte-writer.ts';
import { SLAB_BYTES, SlabPool } from '../../../lib/base/slab-pool.ts';
import type { ResumableTerms } from '../../../lib/stream/resume/resumable-terms.ts';
import { KeptMemory, STREAM_BYTES } from '../../../lib/stream/resume/kept-memory.ts';
import { Retention } from '../../../lib/stream/resume/retention.ts';
import { SendWindow } from '../../../lib/stream/resume/send-window.ts';

const HEADER_BYTES = 4;

const TERMS: ResumableTerms = {
  windowBytes: 1_000_000,
  windowItems: 0,
  ackPeriod: 0,
  isManual: false,
  copies: false,
  hasSum: false,
  isOptional: false,
};

/** A producer that sends items until the window is full. */
class Sender {
  readonly window: SendWindow;
  acknowledged = 0;
  looks = 0;
  readonly #kept: Retention;

  /** @param memory - that of its session. */
  constructor(terms: Partial<ResumableTerms>, memory?: KeptMemory) {
    const all = { ...TERMS, ...terms };
    this.#kept = new Retention(new SlabPool(), all, memory);
    this.window = new SendWindow(all, this.#kept, this);
  }

  get sent(): number {
    return this.#kept.nextIndex;
  }

  /** As a sink does it, but without a lane. Returns whether a look was due. */
  send(bytes: number): boolean {
    this.#kept.beginMessage().append(Buffer.alloc(bytes));
    this.#kept.endMessage(bytes);
    if (!this.window.spend(bytes)) return false;
    this.looks++;
    if (this.window.isBatchComplete(bytes)) this.window.gather();
    else if (!this.window.isFull) this.window.look();
    return true;
  }

  acknowledge(items: number): void {
    this.acknowledged += items;
    this.#kept.free(this.acknowledged);
    this.window.onAcknowledged();
  }
}

const size = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 2_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: REFERENCE_BYTES - 5, max: REFERENCE_BYTES + 1 }) },
);

const step = fc.oneof(
  { weight: 8, arbitrary: size.map((bytes) => ({ kind: 'send' as const, bytes })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'gather' as const }) },
  { weight: 1, arbitrary: fc.nat({ max: 100 }).map((share) => ({ kind: 'take' as const, share })) },
);

const terms = fc.record({
  windowBytes: fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.constant(1_000_000)),
  windowItems: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20 })),
  copies: fc.boolean(),
});

describe('the window of a producer', () => {
  it('L6 misses neither its end nor that of a batch, whatever is sent and acknowledged', () => {
    fc.assert(
      fc.property(terms, fc.array(step, { minLength: 20, maxLength: 120 }), (chosen, steps) => {
        const sender = new Sender(chosen);
        for (const one of steps) {
          if (one.kind === 'gather') sender.window.gather();
          else if (one.kind === 'take') {
            sender.acknowledge(Math.floor(((sender.sent - sender.acknowledged) * one.share) / 100));
          } else if (!sender.send(one.bytes)) {
            expect(sender.window.isFull, 'full').to.equal(false);
            expect(sender.window.isBatchComplete(one.bytes), 'complete').to.equal(false);
          }
        }
        const { items, bytes, keptBytes } = sender.window.figures();
        expect(items).to.equal(sender.sent);
        expect(keptBytes).to.be.at.most(bytes + items * HEADER_BYTES);
      }),
    );
  });

  it('L6 is looked at twice for each batch of small items', () => {
    const sender = new Sender({ windowBytes: 100 * SLAB_BYTES });
    const perBatch = Math.ceil((SLAB_BYTES - 1_024) / (64 + HEADER_BYTES));
    for (let sent = 0; sent < 10 * perBatch; sent++) sender.send(64);
    expect(sender.looks).to.equal(20);
  });

  it('L6 is looked at again once its lane has got what was written', () => {
    const sender = new Sender({});
    expect([sender.send(1), sender.send(1)]).to.deep.equal([true, false]);
    sender.window.gather();
    expect([sender.send(1), sender.send(1)]).to.deep.equal([true, false]);
  });

  it('L6 is looked at as soon as other streams have filled the memory of the session', () => {
    const memory = new KeptMemory(1_000);
    const sender = new Sender({}, memory);
    expect([sender.send(1), sender.send(1)]).to.deep.equal([true, false]);
    memory.change(0, STREAM_BYTES + 1_000);
    expect([sender.send(1), sender.window.isFull]).to.deep.equal([true, true]);
    memory.change(STREAM_BYTES + 1_000, STREAM_BYTES);
    expect([sender.send(1), sender.window.isFull]).to.deep.equal([false, false]);
  });

  it('L6 is looked at for each item that somebody wants to hear of', () => {
    const sender = new Sender({ onBuffered: () => {} });
    expect([sender.send(1), sender.send(1), sender.send(1)]).to.deep.equal([true, true, true]);
  });
});
