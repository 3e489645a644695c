import type { Operation } from '../plan/plan.ts';
import type { SeenError } from '../run/history.ts';
import type { Case } from './case.ts';
import { streamsOf } from './planned-streams.ts';

/** The last parts of a call are over at the server so soon after the last that was seen of it. */
const AFTER_MS = 140_000;

/** Whether a refusal that names a limit of calls is true: only so many others turn a call away. */
export function mayBeRefused(given: Case, atMs: number, message: string): boolean {
  const { plan, history, operation } = given;
  if (!message.includes('maxConcurrentCalls')) return true;
  // Calls of hostile clients are not seen.
  if ((plan.hostile ?? []).length > 0) return true;
  if (plan.faults.length > 0) return true;
  const operations = plan.clients.flatMap((client) => client.operations);
  // The call of a result that is kept goes on.
  const kept = operations.filter(keepsResult).map(({ id }) => id);
  const others = operations.filter(({ id }) => {
    const times = history.sights.filter((sight) => sight.operation === id).map((s) => s.atMs);
    if (id === operation.id || times.length === 0) return false;
    return isNear(times, atMs) || (kept.includes(id) && Math.min(...times) <= atMs);
  });
  return others.length >= plan.server.maxConcurrentCalls;
}

function keepsResult(operation: Operation): boolean {
  if (operation.kind !== 'down') return false;
  return operation.flow.isIgnored === true || operation.flow.isHeld === true;
}

function isNear(times: readonly number[], atMs: number): boolean {
  return Math.min(...times) <= atMs + AFTER_MS && Math.max(...times) >= atMs - AFTER_MS;
}

/** Whether a limit of streams that the plan has set may have led to this error. */
export function mayBeLimited(
  { plan, client, operation }: Case,
  { code, message }: Pick<SeenError, 'code' | 'message'>,
): boolean {
  const { maxChildren } = plan.limits;
  if (maxChildren !== undefined && message.includes('limits.maxChildren')) {
    const needed = client.operations.map(childrenOf).reduce((total, count) => total + count, 0);
    return maxChildren < needed;
  }
  if (message.includes('sessionReplyBytes')) {
    const isKept = operation.kind === 'echo' && operation.promise === 'once';
    return isKept && plan.server.sessionReplyBytes !== undefined;
  }
  return plan.server.leaseMs !== undefined && code === 'ERR_STREAM_NOT_FOUND';
}

/** Connections that the streams of an operation need, if each has one of its own. */
function childrenOf(operation: Operation): number {
  if (operation.kind === 'echo' || operation.kind === 'post') return 0;
  return operation.kind === 'blob' ? 2 : streamsOf(operation).length;
}
