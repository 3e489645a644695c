import { startFinishAlarm, startIdleAlarm } from '../../../lib/stream/child/child-alarms.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'E2',
    of: startIdleAlarm,
    find: 'fairClock(clock)',
    replace: 'clock',
    why: 'a server that wakes gives a stream up though the call that names it has come',
  },
  {
    row: 'S-S8',
    of: startFinishAlarm,
    find: 'fairClock(clock)',
    replace: 'clock',
    why: 'a process that wakes resets a finished connection though its peer has ended it',
  },
];
