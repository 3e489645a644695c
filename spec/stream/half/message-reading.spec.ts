import { expect } from 'chai';
import fc from 'fast-check';

import { ByteQueue } from '../../../lib/base/byte-queue.ts';
import type { TakeWhole } from '../../../lib/base/take-whole.ts';
import { bytes, i32, packed, raw, string } from '../../../lib/layout.ts';
import { SerializationError } from '../../../lib/errors/errors.ts';
import { NO_HANDLES } from '../../../lib/serializer/no-handles.ts';
import type { Serializer } from '../../../lib/serializer/serializer.ts';
import type { SourceCarrier } from '../../../lib/stream/half/half-carrier.ts';
import { MessageReading } from '../../../lib/stream/half/message-reading.ts';
import { encode } from '../../serializer/support/codec.ts';
import { streamFrame } from '../../support/wire-bytes.ts';

/** A carrier with nothing but its bytes. */
class Carrier {
  readonly queue = new ByteQueue();
  resumption: SourceCarrier['resumption'];

  takeWhole<M>(into: M[], take: TakeWhole<M>): void {
    take(this.queue, 1_000, into);
  }
}

/** One that has read its first message, and the carrier of the next. */
function begun<T extends unknown[]>(
  serializer: Serializer<T>,
  first: Buffer,
): { readonly reading: MessageReading<T>; readonly carrier: Carrier } {
  const carrier = new Carrier();
  const reading = new MessageReading(carrier, serializer, NO_HANDLES, (error) => error as Error);
  reading.decode(first);
  return { reading, carrier };
}

/** What is read of these messages, which come in one chunk: together, and one by one. */
function readAll<T extends unknown[]>(
  serializer: Serializer<T>,
  messages: readonly Buffer[],
  first: Buffer,
): { readonly together: T[]; readonly singly: T[] } {
  const [together, singly]: [T[], T[]] = [[], []];
  const chunk = Buffer.concat(messages.map(streamFrame));
  const one = begun(serializer, first);
  one.carrier.queue.append(chunk);
  one.reading.readAll(together);
  const two = begun(serializer, first);
  two.carrier.queue.append(chunk);
  for (let message; (message = two.reading.readOne()) !== undefined;) singly.push(message);
  expect(two.carrier.queue.byteLength).to.equal(one.carrier.queue.byteLength);
  return { together, singly };
}

/** Layouts, and the tuple that each has of three values. */
const LAYOUTS: readonly [Serializer, (all: readonly unknown[]) => unknown[]][] = [
  [packed(bytes), (all) => all.slice(2)],
  [packed(string), (all) => all.slice(1, 2)],
  [packed(i32, string, bytes), (all) => [...all]],
];

describe('MessageReading', () => {
  it('F10 reads messages in place as each by itself', () => {
    const member = fc.tuple(fc.integer({ min: -9, max: 9 }), fc.string(), fc.uint8Array());
    fc.assert(
      fc.property(fc.array(member), (members) => {
        for (const [layout, tupleOf] of LAYOUTS) {
          const messages = members.map(([number, text, array]) =>
            encode(layout, tupleOf([number, text, Buffer.from(array)])),
          );
          const first = encode(layout, tupleOf([1, 'first', Buffer.of(1)]));
          const expected = messages.map((message) => layout.decode(message, NO_HANDLES));
          const { together, singly } = readAll(layout, messages, first);
          expect([together, singly]).to.deep.equal([expected, expected]);
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
      const [good, bad] = [Buffer.from('\x02\0\0\0ok'), Buffer.from('\x09\0\0\0no')];
      const { reading, carrier } = begun(serializer as Serializer, good);
      // What lies behind the bad one would be read if its length were believed.
      carrier.queue.append(Buffer.concat([good, bad, good].map(streamFrame)));
      const batch: unknown[][] = [];
      expect(() => reading.readAll(batch)).to.throw(SerializationError, 'past the end');
      expect(batch).to.deep.equal([['ok']]);
    });
  }

  it('reads no message that is longer than may be', () => {
    const first = encode(packed(string), ['']);
    for (const [length, count] of [
      [996, 1],
      [997, 0],
    ] as const) {
      const { together, singly } = readAll(
        packed(string),
        [encode(packed(string), ['x'.repeat(length)])],
        first,
      );
      expect([together.length, singly.length]).to.deep.equal([count, count]);
    }
  });

  it('reads in place only where nobody has to see each message', () => {
    const good = Buffer.from('\x02\0\0\0ok');
    for (const [serializer, resumption, isInPlace] of [
      [packed(string), undefined, true],
      [packed(string), { isSettling: false, tellCancel: () => {} }, false],
      [raw, undefined, false],
    ] as const) {
      const { reading, carrier } = begun<unknown[]>(serializer, good);
      carrier.resumption = resumption;
      carrier.queue.append(streamFrame(good));
      expect(reading.readOne() !== undefined).to.equal(isInPlace);
      expect(carrier.queue.byteLength === 0).to.equal(isInPlace);
    }
  });
});
