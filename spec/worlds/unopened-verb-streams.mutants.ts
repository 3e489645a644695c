import { ChildDialer } from '../../lib/call/client/child-dialer.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'L10',
    of: ChildDialer,
    in: 'dialChild',
    find: 'isCutOff(error) ? await this.#causeOf(error) : error',
    replace: 'error',
    why: 'a stream fails to open if its connection is cut off a moment before the main connection',
  },
];
