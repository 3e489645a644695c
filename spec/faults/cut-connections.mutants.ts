import { closedCause } from '../../lib/connection/link/closed-cause.ts';
import { ChildConnection } from '../../lib/stream/child/child-connection.ts';
import { describeCut } from '../../lib/wire/prefixed-frame.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F1',
    of: closedCause,
    find: "'transport', error",
    replace: "'transport'",
    why: 'the cause of a lost connection is lost as well',
  },
  {
    row: 'F2',
    of: describeCut,
    find: 'expected ${expectedBytes} got ${gotBytes}',
    replace: 'expected ${gotBytes} got ${expectedBytes}',
    why: 'what was missing is told the wrong way round',
  },
  {
    row: 'F3',
    of: ChildConnection,
    in: 'nextFrame',
    find: 'this.sourceState.abort(end, blamedFor(end))',
    replace: 'if (this.link.isPeerEnded) return EOS',
    why: 'a connection that ends is taken for the end of its stream',
  },
];
