import { patchResponseHeader } from '../../lib/wire/response-frame.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-W8',
    of: patchResponseHeader,
    find: '?? UNMEASURED_DURATION',
    replace: '?? 0',
    why: 'a reply that was not measured says that it took no time',
  },
  {
    row: 'S-W10',
    of: patchResponseHeader,
    find: 'responseHeaderBytes(hasDuration)',
    replace: 'responseHeaderBytes(false)',
    why: 'the length of a reply counts its duration',
  },
];
