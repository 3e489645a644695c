import { RemoteValueStream } from '../../../lib/stream/value/remote-value-stream.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'L4',
    of: RemoteValueStream,
    in: '#iterate',
    find: "this.#use !== 'none'",
    replace: "this.#use === 'read'",
    why: 'a stream can be iterated twice',
  },
];
