import { LeaseRenewal } from '../../../lib/stream/value/lease-renewal.ts';
import { OfferLeases } from '../../../lib/stream/value/offer-leases.ts';
import { Offers } from '../../../lib/stream/value/offers.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'K8',
    of: Offers,
    in: 'take',
    find: 'produced?.isOffered === true ? produced : undefined',
    replace: 'produced',
    why: 'a stream is begun a second time',
  },
  {
    row: 'L3',
    of: OfferLeases,
    find: 'leaseUntil <=',
    replace: 'leaseUntil <',
    why: 'a lease that is over goes on',
  },
  {
    row: 'L3',
    of: LeaseRenewal,
    in: 'RENEWALS_PER_LEASE',
    find: '= 3',
    replace: '= 1',
    why: 'a lease is renewed when it is over',
  },
  {
    row: 'L3',
    of: Offers,
    find: '#byNumber.size + count <= this.environment.limits.maxPromised',
    replace: '#byNumber.size + count <= this.environment.limits.maxPromised + 1',
    why: 'one stream more than the limit may be offered',
  },
];
