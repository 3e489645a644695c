import { ParentSearch } from '../../lib/call/door/parent-search.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F17',
    of: ParentSearch,
    in: '#candidate',
    find: '!isSamePeer(peer, parent.peer)',
    replace: "isSamePeer(peer, { ...parent.peer, address: '' })",
    why: 'whoever learns an id can attach streams to it from anywhere',
  },
  {
    row: 'F17',
    of: ParentSearch,
    in: 'find',
    find: 'if (!isLocalPeer(link.peer))',
    replace: 'if (isLocalPeer(link.peer))',
    why: 'ids may be guessed as fast as one can connect',
  },
];
