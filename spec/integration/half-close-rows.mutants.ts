import { ChildConnection } from '../../lib/stream/child/child-connection.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'X3',
    of: ChildConnection,
    in: 'onEosSent',
    find: 'this.sinkState.finish();',
    replace: 'this.sinkState.finish(); this.input.release();',
    why: 'closing one direction ends the other',
  },
  {
    row: 'N3',
    of: ChildConnection,
    in: 'cancelSource',
    find: "tellOfReader(this, 'canceled')",
    replace: "this.abort(cause, 'local')",
    why: 'a reader that wants no more ends both directions',
  },
];
