import { SendWindow } from '../../../lib/stream/resume/send-window.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'L6',
    of: SendWindow,
    in: 'spend',
    find: ' || this.#itemsUntilLook <= 0',
    replace: '',
    why: 'more items are sent than the window has',
  },
  {
    row: 'L6',
    of: SendWindow,
    in: 'spend',
    find: 'this.#kept.isCrowded',
    replace: 'false',
    why: 'a stream sends on though others have filled the memory of its session',
  },
  {
    row: 'L6',
    of: SendWindow,
    in: 'look',
    find: 'copies ? Math.min(bytes, REFERENCE_BYTES) : bytes',
    replace: 'bytes',
    why: 'a payload that is to be copied lies where its owner may change it',
  },
];
