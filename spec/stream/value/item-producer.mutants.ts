import { producerOf } from '../../../lib/stream/value/item-producer.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'L14',
    of: producerOf,
    in: 'GRACE_MS',
    find: '= 100',
    replace: '= 101',
    why: 'a factory has longer than it may',
  },
  {
    row: 'L14',
    of: producerOf,
    in: 'FactoryProducer.cancel',
    find: 'step.then(end, end);',
    replace: '',
    why: 'a factory between two steps is waited for',
  },
];
