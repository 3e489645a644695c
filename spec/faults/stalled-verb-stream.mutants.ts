import { ChildStalls } from '../../lib/stream/handles/child-stalls.ts';
import { VerbStreams } from '../../lib/stream/verb/verb-streams.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F4',
    of: VerbStreams,
    in: 'onOpened',
    find: 'this.#port?.stalls.watchStream(stream)',
    replace: 'void stream',
    why: 'a resumable stream of a verb whose connection stands still waits for TCP',
  },
  {
    row: 'F4',
    of: ChildStalls,
    in: 'lose',
    find: 'stream.moveOn(cause)',
    replace: 'stream.lose(cause)',
    why: 'a resumable stream of a verb fails when its connection stands still',
  },
  {
    row: 'F4',
    of: VerbStreams,
    in: 'onParted',
    find: 'else this.#port?.peer.tellPeer(',
    replace: 'else if (attempt < 0) this.#port?.peer.tellPeer(',
    why: 'a client does not learn that its server has lost the connection of a stream',
  },
];
