import { producerOf } from '../../lib/stream/value/item-producer.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'K3',
    of: producerOf,
    in: 'IteratorProducer.#cancel',
    find: 'this.#iterator.return?.()',
    replace: 'undefined',
    why: 'a producer whose reader has left is never ended',
  },
];
