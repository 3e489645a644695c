import { Keepalive } from '../../../lib/connection/link/keepalive.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F14',
    of: Keepalive,
    in: '#look',
    find: 'pingTimeoutMs - pingIntervalMs',
    replace: 'pingIntervalMs',
    why: 'a silent peer is given up before its time, or after it',
  },
  {
    row: 'F22',
    of: Keepalive,
    in: '#look',
    find: '&& now - rangAt < LATE_MS',
    replace: '',
    why: 'a process that is blocked while it judges takes that for the peer’s silence',
  },
  {
    row: 'F22',
    of: Keepalive,
    in: '#look',
    find: '&& !isLate',
    replace: '',
    why: 'a machine that has slept takes that for the peer’s silence',
  },
  {
    row: 'F4',
    of: Keepalive,
    in: 'onMessage',
    find: 'if (message.number === this.#lastPing) this.#onAnswered();',
    replace: 'this.#onAnswered();',
    why: 'a word that nobody asked for is taken for the answer to a question',
  },
  {
    row: 'F4',
    of: Keepalive,
    in: '#look',
    find: 'this.#pong(UNASKED);',
    replace: '',
    why: 'a side that does not read for long is taken for dead',
  },
  {
    row: 'F4',
    of: Keepalive,
    in: '#pong',
    find: 'this.#owedPong = number;',
    replace: '{}',
    why: 'a ping that comes while a full writer waits has no answer, and its peer never asks again',
  },
];
