import { FrameWriter } from '../../../lib/connection/link/frame-writer.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-S4',
    of: FrameWriter,
    in: 'isFull',
    find: '> this.budgetBytes',
    replace: '> 2 * this.budgetBytes',
    why: 'a sink takes twice its budget before it asks to wait',
  },
  {
    row: 'S-S6',
    of: FrameWriter,
    in: '#releaseWaiting',
    find: '&& this.bufferedBytes === 0',
    replace: '',
    why: 'a flush ends while bytes still wait for the kernel',
  },
  {
    row: 'B2-4',
    of: FrameWriter,
    in: 'flush',
    find: 'this.#gathered = 0;',
    replace: '',
    why: 'each call has a write of its own once eight have left',
  },
];
