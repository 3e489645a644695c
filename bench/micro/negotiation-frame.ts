// What does a connection's first frame cost to write and to read?

import type { Features } from '../../lib/wire/feature.ts';
import { encodeNegotiation, NegotiationDecoder } from '../../lib/wire/negotiation-frame.ts';
import { expectEqual } from '../support/expect-equal.ts';
import type { Micro } from '../support/micro.ts';

const FRAMES = 100;
const ID = 0x1234_5678_9abc_0000n;

const features: Features = { hasTimeout: true, connectionId: ID, hasHandlerDuration: true };
const frame = encodeNegotiation(features);
/** Magic, length of the records, the empty record of TIMEOUT, the header of CONNECTION_ID. */
const ID_AT = 8 + 4 + 8 + 8;

/** The floor fills the id into a ready frame, and reads it from where it must be. */
export const negotiationFrameMicros: readonly Micro[] = [
  {
    name: 'micro.negotiation.encode',
    operations: FRAMES,
    floor: () => {
      for (let i = 0; i < FRAMES; i++) {
        const copy = Buffer.from(frame);
        copy.writeBigUInt64LE(ID, ID_AT);
        expectEqual(copy.length, frame.length);
      }
    },
    sluice: () => {
      for (let i = 0; i < FRAMES; i++)
        expectEqual(encodeNegotiation(features).length, frame.length);
    },
  },
  {
    name: 'micro.negotiation.decode',
    operations: FRAMES,
    floor: () => {
      for (let i = 0; i < FRAMES; i++) {
        expectEqual(frame.subarray(0, ID_AT).equals(frame.subarray(0, ID_AT)), true);
        expectEqual(frame.readBigUInt64LE(ID_AT), ID);
      }
    },
    sluice: () => {
      for (let i = 0; i < FRAMES; i++) {
        const decoder = new NegotiationDecoder();
        decoder.push(frame);
        expectEqual(decoder.next()?.connectionId, ID);
      }
    },
  },
];
