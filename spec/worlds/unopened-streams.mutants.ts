import { openFirst } from '../../lib/stream/resume/first-opening.ts';
import { Openings } from '../../lib/stream/value/openings.ts';
import { StreamRequests } from '../../lib/stream/value/stream-requests.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'L10',
    of: openFirst,
    find: 'failures === MAX_FAILURES',
    replace: 'failures === 5',
    why: 'a stream fails that can not be opened within a second, though its session goes on',
  },
  {
    row: 'L10',
    of: Openings,
    in: '#again',
    find: 'if (signal.aborted && this.#isWanted(number)) return this.open(number);',
    replace: '',
    why: 'a stream fails that was being opened when the main connection was lost',
  },
  {
    row: 'L10',
    of: StreamRequests,
    in: 'open',
    find: 'this.#port.canResume() && isPassing(error)',
    replace: 'false',
    why: 'a server is refused a stream whose lane its client could not dial at once',
  },
];
