import { OrphanWatch } from '../../../lib/stream/child/orphan-watch.ts';
import { Lane } from '../../../lib/stream/lane/lane.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'K10',
    of: Lane,
    in: '#begin',
    find: "phase === 'closed'",
    replace: "phase === 'open'",
    why: 'streams fail on lanes that are open',
  },
  {
    row: 'F30',
    of: Lane,
    in: '#onIdleFrame',
    find: '!this.isAccepted || !isAttach',
    replace: '!isAttach',
    why: 'a server says what a lane is for',
  },
  {
    row: 'B2-5',
    of: OrphanWatch,
    in: 'constructor',
    find: 'fate.hasLeft ?',
    replace: 'fate.isOver && !fate.isOver ?',
    why: 'the rest of a stream is lost when its server has left in order',
  },
];
