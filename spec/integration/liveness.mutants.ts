import { Keepalive } from '../../lib/connection/link/keepalive.ts';
import { LIMITS } from '../../lib/settings/limits.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F4',
    of: Keepalive,
    in: '#hasProgressed',
    find: 'this.#hasDrained || this.#link.unsentBytes < this.#unsentBytes',
    replace: 'false',
    why: 'a peer that takes a large reply slowly is given up',
  },
  {
    row: 'F22',
    of: Keepalive,
    in: '#lookIn',
    find: 'clock.yield(() => this.#look(rangAt, rangAt - dueAt >= LATE_MS))',
    replace: 'this.#look(rangAt, false)',
    why: 'a process that was blocked judges before it has read what came',
  },
  {
    row: 'B2-6',
    of: Keepalive,
    in: '#look',
    find: 'this.#lookIn(pingTimeoutMs - pingIntervalMs);',
    replace: '',
    why: 'a peer that does not answer is never given up',
  },
  {
    row: 'B2-30',
    of: LIMITS,
    find: 'pingIntervalMs: { default: 10_000',
    replace: 'pingIntervalMs: { default: 0',
    why: 'nobody is pinged by default',
  },
];
