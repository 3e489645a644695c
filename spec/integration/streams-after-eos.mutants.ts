import { onEosTaken } from '../../lib/stream/child/child-eos.ts';
import { SinkHalf } from '../../lib/stream/half/sink-half.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-S7',
    of: SinkHalf,
    in: '#close',
    find: 'this.child.writeEos(',
    replace: 'for (let i = 0; i < 2; i++) this.child.writeEos(',
    why: 'the end of stream is sent twice',
  },
  {
    row: 'F30',
    of: onEosTaken,
    find: 'onDataAfterEos(child)',
    replace: 'ending.maybeEnd()',
    why: 'a message behind the end of stream is passed over',
  },
];
