import { FrameInput } from '../../lib/connection/link/frame-input.ts';
import { seastar } from '../../lib/api/presets.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-S5',
    of: FrameInput,
    in: '#shouldPause',
    find: '> sourceBudgetBytes',
    replace: '> 9 * sourceBudgetBytes',
    why: 'a reader that is behind holds far more than its budget',
  },
  {
    row: 'A2-constants',
    of: seastar,
    in: 'STREAM_BUFFER_MESSAGES',
    find: '= 50',
    replace: '= 51',
    why: 'a stream of the seastar preset holds more messages than one of Seastar',
  },
  {
    row: 'A2-constants',
    of: seastar,
    in: 'COMMON',
    find: 'sourceBudgetMessages: STREAM_BUFFER_MESSAGES',
    replace: 'sourceBudgetMessages: Infinity',
    why: 'a stream of the seastar preset holds any number of small messages',
  },
];
