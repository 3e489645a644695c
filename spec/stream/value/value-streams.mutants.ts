import { ValueStreams } from '../../../lib/stream/value/value-streams.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'K8',
    of: ValueStreams,
    in: 'take',
    find: 'produced?.isOffered === true ? produced : undefined',
    replace: 'produced',
    why: 'a stream is begun a second time',
  },
  {
    row: 'L3',
    of: ValueStreams,
    in: '#endLeases',
    find: 'leaseUntil <=',
    replace: 'leaseUntil <',
    why: 'a lease that is over goes on',
  },
  {
    row: 'L3',
    of: ValueStreams,
    in: 'RENEWALS_PER_LEASE',
    find: '= 3',
    replace: '= 1',
    why: 'a lease is renewed when it is over',
  },
  {
    row: 'L3',
    of: ValueStreams,
    in: 'offer',
    find: 'size >= maxPromised',
    replace: 'size > maxPromised',
    why: 'one stream more than the limit may be offered',
  },
];
