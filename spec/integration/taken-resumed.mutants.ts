import { RetainedSink } from '../../lib/stream/value/retained-sink.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'B1-take',
    of: RetainedSink,
    in: 'take',
    find: '() => this.#positions.taken',
    replace: '() => this.#feed.sent',
    why: 'memory is used again before its message is known as taken',
  },
  {
    row: 'B1-take',
    of: RetainedSink,
    in: 'resume',
    find: 'this.#taken?.leave();',
    replace: '',
    why: 'memory is used again while another connection may still send it',
  },
  {
    row: 'B1-take',
    of: RetainedSink,
    in: '#end',
    find: 'this.#taken?.end();',
    replace: '',
    why: 'the timer of a stream that is over outlives it',
  },
];
