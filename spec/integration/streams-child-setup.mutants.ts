import { ServerPeer } from '../../lib/call/client/server-peer.ts';
import { ParentSearch } from '../../lib/call/door/parent-search.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F18',
    of: ParentSearch,
    in: '#candidate',
    find: '|| parent.isEnded',
    replace: '',
    why: 'a child joins a parent that is ending, and is never told',
  },
  {
    row: 'F19',
    of: ServerPeer,
    in: 'removeChild',
    find: 'void {',
    replace:
      'void { if (_isBroken) for (const child of this.#children.all()) child.abort(undefined, "remote");',
    why: 'a child that dies takes its siblings with it',
  },
];
