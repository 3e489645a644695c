import { SinkHalf } from '../../../lib/stream/half/sink-half.ts';
import { Children } from '../../../lib/stream/handles/children.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F16',
    of: Children,
    in: 'describe',
    find: 'child.isSinkPassed ||',
    replace: '',
    why: 'a sink can be passed in a second call',
  },
  {
    row: 'F16',
    of: Children,
    in: 'describe',
    find: 'throw strayError(half)',
    replace: "throw new MisuseError('the sink belongs to another connection')",
    why: 'a caller is blamed for a lost connection',
  },
  {
    row: 'F16',
    of: SinkHalf,
    in: 'loss',
    find: 'parent.fate.isOver ? sinkState.lostError(parent.fate.cause) : undefined',
    replace: 'undefined',
    why: 'a caller is blamed for a lost main connection, while the stream still sends',
  },
];
