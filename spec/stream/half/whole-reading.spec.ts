import { expect } from 'chai';
import fc from 'fast-check';

import { ByteQueue } from '../../../lib/base/byte-queue.ts';
import type { TakeWhole } from '../../../lib/base/take-whole.ts';
import { bytes, i32, packed, raw, string } from '../../../lib/layout.ts';
import { SerializationError } from '../../../lib/errors/errors.ts';
import { NO_HANDLES } from '../../../lib/serializer/no-handles.ts';
import type { Serializer } from '../../../lib/serializer/serializer.ts';
import { WholeReading } from '../../../lib/stream/half/whole-reading.ts';
import { encode } from '../../serializer/support/codec.ts';
import { streamFrame } from '../../support/wire-bytes.ts';

/** A carrier with nothing but its bytes. */
class Carrier {
  readonly queue = new ByteQueue();
  readonly resumption: undefined;

  takeWhole<M>(into: M[], take: TakeWhole<M>): void {
    take(this.queue, 1_000, into);
  }
}

/** What is read of these messages, which come in one chunk. */
function readAll<T extends unknown[]>(serializer: Serializer<T>, messages: readonly Buffer[]): T[] {
  const carrier = new Carrier();
  carrier.queue.append(Buffer.concat(messages.map(streamFrame)));
  const batch: T[] = [];
  new WholeReading(carrier, serializer, NO_HANDLES).read(batch);
  return batch;
}

/** Layouts, and the tuple that each has of three values. */
const LAYOUTS: readonly [Serializer, (all: readonly unknown[]) => unknown[]][] = [
  [packed(bytes), (all) => all.slice(2)],
  [packed(string), (all) => all.slice(1, 2)],
  [packed(i32, string, bytes), (all) => [...all]],
];

describe('WholeReading', () => {
  it('F10 reads messages in place as each by itself', () => {
    const member = fc.tuple(fc.integer({ min: -9, max: 9 }), fc.string(), fc.uint8Array());
    fc.assert(
      fc.property(fc.array(member), (members) => {
        for (const [layout, tupleOf] of LAYOUTS) {
          const messages = members.map(([number, text, array]) =>
            encode(layout, tupleOf([number, text, Buffer.from(array)])),
          );
          expect(readAll(layout, messages)).to.deep.equal(
            messages.map((message) => layout.decode(message, NO_HANDLES)),
          );
        }
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  for (const [what, serializer] of [
    ['in place', packed(string)],
    ['from views', { ...raw, decode: (view: Buffer) => packed(string).decode(view, NO_HANDLES) }],
  ] as const) {
    it(`F26 keeps what was read before a message that does not decode: ${what}`, () => {
      const carrier = new Carrier();
      const [good, bad] = [Buffer.from('\x02\0\0\0ok'), Buffer.from('\x09\0\0\0no')];
      // What lies behind the bad one would be read if its length were believed.
      carrier.queue.append(Buffer.concat([good, bad, good].map(streamFrame)));
      const batch: unknown[][] = [];
      const reading = new WholeReading(carrier, serializer as Serializer, NO_HANDLES);
      expect(() => reading.read(batch)).to.throw(SerializationError, 'past the end');
      expect(batch).to.deep.equal([['ok']]);
    });
  }

  it('reads no message that is not whole, or is longer than may be', () => {
    const message = encode(packed(string), ['x'.repeat(990)]);
    expect(readAll(packed(string), [message])).to.have.length(1);
    expect(readAll(packed(string), [encode(packed(string), ['x'.repeat(997)])])).to.eql([]);
  });
});
