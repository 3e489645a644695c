import { packed } from '../../lib/serializer/packed/packed.ts';
import { tupleToResult } from '../../lib/verb/verb.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-W16',
    of: tupleToResult,
    find: 'arity <= 1',
    replace: 'arity <= 2',
    why: 'of two results only the first arrives',
  },
  {
    row: 'S-W17',
    of: packed,
    in: 'PackedSerializer.#presentCount',
    find: 'count > this.#required',
    replace: 'count > this.#required + 1',
    why: 'an optional member that is absent is refused',
  },
];
