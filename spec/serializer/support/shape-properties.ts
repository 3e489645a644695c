import { serialize } from 'bson';
import { expect } from 'chai';
import fc from 'fast-check';
import { inspect, isDeepStrictEqual } from 'node:util';

import { SerializationError } from '../../../lib/errors/errors.ts';
import { bson } from '../../../lib/serializer/bson/bson.ts';
import { shaped } from '../../../lib/serializer/shape/shaped.ts';
import { decode, encode, prefixesOf } from './codec.ts';
import { anyRecord } from './shape-arbitraries.ts';

/** The bytes that js-bson writes for a tuple of one value. */
export function jsBson(value: unknown): Buffer {
  return Buffer.from(serialize({ 0: value }));
}

/** As chai's deep equality, which stumbles over records that have a field called `toString`. */
export function expectSame(actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  expect.fail(`${inspect(actual, { depth: 9 })} is not ${inspect(expected, { depth: 9 })}`);
}

/** Shapes write what js-bson writes, and read it again, as the plain serializer does. */
export function checkAgainstJsBson(numRuns: number): void {
  fc.assert(
    fc.property(anyRecord(), ({ type, value }) => {
      const serializer = shaped(type);
      const expected = jsBson(value);
      expect(encode(serializer, [value]).toString('hex')).to.equal(expected.toString('hex'));
      expectSame(decode(serializer, expected), [value]);
      expect(encode(bson, decode(bson, expected)).equals(expected)).to.equal(true);
    }),
    { numRuns },
  );
}

/** Of cut messages none is taken, of changed ones none does harm. */
export function checkBrokenMessages(numRuns: number): void {
  const change = fc.tuple(fc.nat(), fc.nat(255));
  const changes = fc.array(change, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(anyRecord(), changes, ({ type, value }, places) => {
      const serializer = shaped(type);
      const message = jsBson(value);
      for (const prefix of prefixesOf(message)) {
        expect(() => decode(serializer, prefix)).to.throw(SerializationError);
      }
      for (const [at, byte] of places) message[at % message.length] = byte;
      try {
        decode(serializer, message);
      } catch (error) {
        expect(error).to.be.instanceOf(SerializationError);
        expect(error).to.include({ initiator: 'remote' });
      }
    }),
    { numRuns },
  );
}
