import { decodeStreamError } from '../../lib/document/error-document.ts';
import { readLibraryEnd } from '../../lib/document/library-end.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'X10',
    of: decodeStreamError,
    find: "record['isLibraryEnd'] === true ?",
    replace: 'true ?',
    why: 'a producer that ran out of time with a call of its own ends the call that reads it',
  },
  {
    row: 'X10',
    of: readLibraryEnd,
    find: "if (code === 'ERR_CANCELED')",
    replace: "if (code === 'ERR_CANCELED' && false)",
    why: 'a cancel of the caller is told as an error of its producer',
  },
];
