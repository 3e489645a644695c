import { Backoff } from '../../lib/session/backoff.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'L16',
    of: Backoff,
    in: 'nextDelayMs',
    find: 'this.#random.bytes(4).readUInt32LE(0) / 2 ** 32',
    replace: '0.5',
    why: 'all clients of a server that restarts come back in the same moment',
  },
  {
    row: 'L16',
    of: Backoff,
    in: 'nextDelayMs',
    find: 'this.#count++',
    replace: 'this.#count',
    why: 'a server that is away is asked again and again without growing pauses',
  },
  {
    row: 'L16',
    of: Backoff,
    in: 'onLost',
    find: '>= this.#rules.stableAfterMs',
    replace: '>= 0',
    why: 'a connection that is lost at once lets its client hurry',
  },
];
