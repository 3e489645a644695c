import { errorText } from '../../../lib/call/server/error-text.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F25',
    of: errorText,
    in: 'messageOf',
    find: "return 'the handler threw something that has no text'",
    replace: "throw new Error('the handler threw something that has no text')",
    why: 'an error without a text is an error of its own',
  },
];
