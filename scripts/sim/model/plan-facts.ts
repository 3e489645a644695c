import type { Plan } from '../plan/plan.ts';

/** Whether requests may have to wait for places or memory. */
export function isTight({ server }: Plan): boolean {
  return server.maxInFlight > 0 || server.maxMemoryBytes > 0;
}

/** Whether the server may refuse calls because there are too many. */
export function isGoverned({ server }: Plan): boolean {
  return server.maxConcurrentCalls > 0 || server.callsPerSecond > 0;
}

/** Milliseconds by which the clock of a node has gone forward. */
export function jumpedMs({ faults }: Plan, node: string): number {
  const jumps = faults.map((fault) => {
    return fault.kind === 'jump' && fault.node === node ? Math.max(0, fault.byMs) : 0;
  });
  return jumps.reduce((total, ms) => total + ms, 0);
}
