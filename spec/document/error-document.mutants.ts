import { describeError } from '../../lib/document/error-record.ts';
import { reviveError } from '../../lib/document/revived-error.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'K4',
    of: describeError,
    in: 'Describer',
    find: 'this.#holders.delete(thrown)',
    replace: '',
    why: 'an error that two others hold arrives with the first of them only',
  },
  {
    row: 'K4',
    of: reviveError,
    in: 'heldKeys',
    find: "? ['cause', 'error', 'suppressed']",
    replace: "? ['cause']",
    why: 'a failure while something is disposed of hides what failed before',
  },
];
