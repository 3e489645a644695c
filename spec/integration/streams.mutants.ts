import { ChildDialer } from '../../lib/call/client/child-dialer.ts';
import { ChildOffers } from '../../lib/call/client/child-offers.ts';
import { StreamSink } from '../../lib/stream/user/stream-sink.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-S1',
    of: ChildDialer,
    in: '#assertRoom',
    find: 'open >= this.#peer.environment.limits.maxChildren',
    replace: 'open > this.#peer.environment.limits.maxChildren',
    why: 'one stream more than the limit is opened',
  },
  {
    row: 'S-S2',
    of: StreamSink,
    in: 'over',
    find: 'own ?? child.parent.environment.serializer',
    replace: 'child.parent.environment.serializer',
    why: 'the second direction has not the types it was given',
  },
  {
    row: 'S-S12',
    of: ChildOffers,
    in: 'constructor',
    find: 'streamParent: connectionId',
    replace: 'streamParent: connectionId, compress: undefined',
    why: 'children of a compressed connection are not compressed',
  },
];
