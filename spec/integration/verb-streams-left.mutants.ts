import { SourceHalf } from '../../lib/stream/half/source-half.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'L10',
    of: SourceHalf,
    in: 'cancelWith',
    find: 'resumption.tellCancel(cause)',
    replace: '{}',
    why: 'a stream whose reader leaves behind the last message stays open',
  },
  {
    row: 'L10',
    of: SourceHalf,
    in: 'tryRead',
    find: 'if (this.child.resumption?.isSettling !== true) this.child',
    replace: 'this.child',
    why: 'a stream whose reader is dropped behind the last message stays open',
  },
];
