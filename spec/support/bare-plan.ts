import type { Plan } from '../../scripts/sim/plan/plan.ts';

/** The plan of a good network and a server without limits, and nobody else. */
export const BARE_PLAN: Plan = Object.freeze({
  seed: 1,
  network: {
    latencyMs: 1,
    jitterMs: 0,
    bytesPerMs: 0,
    bufferBytes: 65_536,
    refusals: 0,
    acceptDelayMs: 0,
  },
  server: {
    maxConcurrentCalls: 0,
    callsPerSecond: 0,
    maxInFlight: 0,
    maxMemoryBytes: 0,
    isCompressing: false,
  },
  limits: {},
  clients: [],
  faults: [],
});
