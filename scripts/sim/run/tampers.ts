import { EXTENSION_VERSION } from '../../../lib/connection/handshake/capabilities.ts';
import type { Dice } from '../../../lib/simulation/world/dice.ts';
import type { Tamper } from './tampered-network.ts';

/** The beginning of the BSON of the version that this code speaks: `"v": int32`, its lowest byte first. */
const OWN_VERSION = Buffer.from([0x10, 0x76, 0x00, EXTENSION_VERSION]);

/** Each direction begins with the frame of a negotiation: 8 bytes, the length of the rest, the rest. */
const LENGTH_OFFSET = 8;
const HEADER_BYTES = 12;

/**
 * Lets each end of a connection take the other for one that speaks an older version of the extension.
 *
 * @throws Error, when bytes pass, if an end begins a connection without the version of this code.
 */
export function toVersion(version: number): Tamper {
  return { out: lowerFirst(version), in: lowerFirst(version) };
}

/** The version is in the first frame of a direction, which comes as a whole or in parts. */
function lowerFirst(version: number): (bytes: Buffer) => Buffer {
  let isDone = false;
  let seen = Buffer.alloc(0);
  return (bytes) => {
    if (isDone) return bytes;
    const before = seen.length;
    seen = Buffer.concat([seen, bytes]);
    const start = seen.indexOf(OWN_VERSION);
    if (start === -1) {
      // An old peer that is none would prove nothing.
      if (isWhole(seen)) throw new Error(`no version ${EXTENSION_VERSION} to lower to ${version}`);
      return bytes;
    }
    isDone = true;
    const changed = Buffer.from(bytes);
    changed[start + OWN_VERSION.length - 1 - before] = version;
    return changed;
  };
}

function isWhole(seen: Buffer): boolean {
  if (seen.length < HEADER_BYTES) return false;
  return seen.length >= HEADER_BYTES + seen.readUInt32LE(LENGTH_OFFSET);
}

/** Damages bytes that are written now and then: flips, drops, doubles or adds some. */
export function damage(dice: Dice, probability: number): Tamper {
  const out = (bytes: Buffer): Buffer => {
    if (bytes.length === 0 || !dice.chance(probability)) return bytes;
    const place = dice.below(bytes.length);
    const before = bytes.subarray(0, place);
    const after = bytes.subarray(place);
    switch (dice.below(4)) {
      case 0: {
        const flipped = Buffer.from(bytes);
        flipped[place] = (flipped[place] ?? 0) ^ (1 << dice.below(8));
        return flipped;
      }
      case 1:
        return before;
      case 2:
        return Buffer.concat([bytes, after]);
      default:
        return Buffer.concat([before, dice.bytes(dice.between(1, 16)), after]);
    }
  };
  return { out, in: (bytes) => bytes };
}
