import type { Dice } from '../../../lib/simulation/world/dice.ts';
import type { Tamper } from './tampered-network.ts';

/** The BSON of the extension's version 2, as each end names it when a connection begins. */
const VERSION_2 = Buffer.from('107600 02000000'.replace(' ', ''), 'hex');
/** The place of its number. */
const NUMBER_OFFSET = 3;

/** Lets each end of a connection take the other for one that speaks version 1 of the extension. */
export function toVersion1(): Tamper {
  return { out: lowerFirst(), in: lowerFirst() };
}

/** The version is in the first bytes of a direction, and these come as a whole or in parts. */
function lowerFirst(): (bytes: Buffer) => Buffer {
  let isDone = false;
  let seen = Buffer.alloc(0);
  return (bytes) => {
    if (isDone) return bytes;
    const before = seen.length;
    seen = Buffer.concat([seen, bytes]);
    const start = seen.indexOf(VERSION_2.subarray(0, NUMBER_OFFSET + 1));
    if (start === -1) return bytes;
    isDone = true;
    const changed = Buffer.from(bytes);
    changed[start + NUMBER_OFFSET - before] = 1;
    return changed;
  };
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
