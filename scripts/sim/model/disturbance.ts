import type { ClientPlan, Fault, Plan } from '../plan/plan.ts';
import type { Case } from './judge.ts';
import { streamsOf } from './planned-streams.ts';

/** Silence and long stops are noticed by pings, and by leases at last: no later than this. */
const NOTICE_MS = 60_000;

/** A time in which a client's operations may fail for no fault of theirs. */
interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  /** Work that was under way when it began may go on for so long. */
  readonly allowedMs?: number;
}

/** The times in which something was wrong for a client. */
export function disturbances(plan: Plan, client: ClientPlan): readonly Window[] {
  return plan.faults.flatMap((fault) => windowOf(fault, client.name) ?? []);
}

function windowOf(fault: Fault, client: string): Window | undefined {
  const { atMs } = fault;
  switch (fault.kind) {
    case 'cut':
      return fault.client === client ? { fromMs: atMs, toMs: atMs } : undefined;
    case 'cutOne':
      return { fromMs: atMs, toMs: atMs };
    case 'silence':
      return { fromMs: atMs, toMs: Infinity };
    case 'partition':
      if (fault.client !== client) return undefined;
      return { fromMs: atMs, toMs: atMs + fault.forMs + NOTICE_MS };
    case 'crash':
    case 'block':
      if (fault.node !== 'server' && fault.node !== client) return undefined;
      return { fromMs: atMs, toMs: atMs + fault.forMs + NOTICE_MS };
    case 'jump':
      if (fault.node !== 'server' && fault.node !== client) return undefined;
      return { fromMs: atMs, toMs: Infinity };
    case 'abort':
      return { fromMs: atMs, toMs: Infinity };
    case 'leave':
      if (fault.client !== client) return undefined;
      return { fromMs: atMs, toMs: atMs + fault.graceMs + NOTICE_MS };
    case 'drain':
      return { fromMs: atMs, toMs: Infinity, allowedMs: fault.graceMs };
    case 'hostile':
    case 'damage':
      return undefined;
  }
}

/**
 * Whether something was wrong while an operation went on. The network itself may refuse connections
 * at any time, where the plan says so. A client leaves when its operations have ended, and does not
 * wait for what the server still reads.
 */
export function isDisturbed(given: Case, endMs: number): boolean {
  const { plan, client, operation, history } = given;
  if (plan.network.refusals > 0) return true;
  const { leftMs = Infinity } = history.clients.find(({ name }) => name === client.name) ?? {};
  if (endMs >= leftMs) return true;
  return disturbances(plan, client).some(({ fromMs, toMs, allowedMs = 0 }) => {
    const beginMs = allowedMs > 0 && isUnderWay(given, fromMs) ? fromMs + allowedMs : fromMs;
    return beginMs <= endMs && operation.atMs <= toMs;
  });
}

/**
 * Whether the method had been called by then. A server that drains still lets the streams of its calls
 * in; those of verbs must have begun.
 */
function isUnderWay({ operation, sights }: Case, atMs: number): boolean {
  const before = sights.filter((sight) => sight.atMs < atMs);
  if (!before.some(({ kind }) => kind === 'ran')) return false;
  if (operation.kind !== 'verbUp' && operation.kind !== 'verbDown') return true;
  return streamsOf(operation).every(({ name }) =>
    before.some(({ kind, stream }) => stream === name && (kind === 'pulled' || kind === 'thrown')),
  );
}
