import type { LaneLie } from '../../plan/hostile.ts';
import { attach, count, EOS_BYTES, laneFrame, message, tuple, u32, u64 } from './frames.ts';

const CONSUME = 1;
const IGNORABLE = 0x7f;
const MANDATORY = 0x80;
const NEVER_ASKED = 2 ** 40;
const NO_LENGTH = 0xffff_fff5;

/** Bytes of a client on an idle lane. */
export const LANE_BYTES: Readonly<Record<LaneLie, Buffer>> = {
  silent: Buffer.alloc(0),
  item: message(tuple(7)),
  end: EOS_BYTES,
  count: count(0),
  unasked: Buffer.concat([attach('produce', NEVER_ASKED), count(0), EOS_BYTES]),
  'unknown-type': laneFrame(IGNORABLE, u64(1)),
  'mandatory-type': laneFrame(MANDATORY, u64(1)),
  'no-type': laneFrame(0, Buffer.alloc(0), 0),
  'cut-number': laneFrame(CONSUME, u32(2)),
  'too-long': laneFrame(CONSUME, u64(2), 65_537),
  half: attach('consume', 2).subarray(0, 11),
  'long-item': message(tuple(7), 0xffff_fff0),
  'no-length': u32(NO_LENGTH),
};
