import type { SeenError } from '../run/history.ts';
import type { Case } from './case.ts';
import { isTight, jumpedMs } from './plan-facts.ts';
import { TICK_MS } from './words.ts';

/** A request that has waited so long for a place or for memory is refused. */
const MEMORY_WAIT_MS = 10_000;

const REFUSAL_TEXTS =
  /governance\.(?:maxConcurrentCalls|callsPerSecond)|as many as maxInFlight|maxMemoryBytes/;

/** A client without the extension gets the text of a refusal only. */
export function isRefusal({ code, name, message }: SeenError): boolean {
  const isText = code === 'ERR_REMOTE' && REFUSAL_TEXTS.test(message);
  return code === 'ERR_REFUSED' || name === 'StatusError' || isText;
}

/**
 * Whether a call may have been refused by then: it has waited too long for a place or for memory, or lies
 * behind another of its client that has, and has not run.
 */
export function mayBeTooLong({ plan, client, sights, history }: Case, endMs: number): boolean {
  if (!isTight(plan)) return false;
  const hasWaited = ({ atMs } = { atMs: 0 }): boolean => {
    return endMs - atMs + jumpedMs(plan, 'server') >= MEMORY_WAIT_MS - TICK_MS;
  };
  if (hasWaited(sights[0])) return true;
  return client.operations.some(({ id }) => {
    const others = history.sights.filter(
      ({ operation, atMs }) => operation === id && atMs <= endMs,
    );
    const hasRun = others.some(({ kind }) => kind === 'ran');
    return others.length > 0 && !hasRun && hasWaited(others[0]);
  });
}
