import type { Peer } from '../transport/transport.ts';
import { hasField, readField } from '../errors/foreign.ts';

/**
 * The origin of an error. The symbol is registered, so that a second copy of this package finds it
 * as well.
 */
const ORIGIN = Symbol.for('sluice.origin');

interface Origin {
  readonly peer: Peer | undefined;
}

/** Marks the error as thrown by the code of `peer`, if the peer is known. */
export function markRemote(error: Error, peer: Peer | undefined): void {
  const origin: Origin = { peer };
  Object.defineProperty(error, ORIGIN, { value: origin });
}

/**
 * Whether the error was thrown by a peer's own code and was sent here. False for errors of this
 * library, including errors about a peer: {@link isRpcError} recognizes those.
 */
export function isRemote(error: unknown): boolean {
  return originOf(error) !== undefined;
}

/**
 * The peer from which the error came: its code threw the error, or passed it on. Undefined if
 * {@link isRemote} is false or the peer is not known.
 */
export function remotePeerOf(error: unknown): Peer | undefined {
  return originOf(error)?.peer;
}

function originOf(error: unknown): Origin | undefined {
  // Only `markRemote` sets it.
  return hasField(error, ORIGIN) ? (readField(error, ORIGIN) as Origin) : undefined;
}
