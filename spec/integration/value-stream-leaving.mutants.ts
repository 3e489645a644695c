import { producerOf } from '../../lib/stream/value/item-producer.ts';
import { NestedStreams } from '../../lib/stream/value/nested-streams.ts';
import { Offers } from '../../lib/stream/value/offers.ts';
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
  {
    row: 'K3',
    of: Offers,
    in: 'cancel',
    find: 'nested.cancel(cancel)',
    replace: 'void nested',
    why: 'streams in items that nobody will read stay until their leases end',
  },
  {
    row: 'K3',
    of: Offers,
    in: 'isConcerned',
    find: '|| this.#nested.has(number)',
    replace: '',
    why: 'streams in the last items of a stream that has ended stay until their leases end',
  },
  {
    row: 'K3',
    of: NestedStreams,
    in: 'takeUntaken',
    find: 'place.item >= takenItems',
    replace: 'place.item >= 0',
    why: 'a reader that leaves a stream loses the streams that it has taken out of it',
  },
];
