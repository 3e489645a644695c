import { ClientConnection } from '../../lib/call/client/client-connection.ts';
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
    of: ClientConnection,
    in: 'removeChild',
    find: 'void {',
    replace: 'void { if (_isBroken) void this.abort(undefined);',
    why: 'a child that dies takes its parent with it',
  },
];
