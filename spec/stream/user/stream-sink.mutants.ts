import { SinkHalf } from '../../../lib/stream/half/sink-half.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-S13',
    of: SinkHalf,
    in: 'closeAndConfirm',
    find: '.then(() => this.#confirmed())',
    replace: '',
    why: 'a confirmation does not wait for the reader',
  },
  {
    row: 'F15',
    of: SinkHalf,
    in: 'onChange',
    find: 'this.#writer.refuseRoom(error)',
    replace: 'void error',
    why: 'sends that wait for room do so after an abort as well',
  },
];
