import type { Peer } from '../transport/transport.ts';

/** Where an error came from; registered, so that a second copy of this package knows it as well. */
const ORIGIN = Symbol.for('sluice.origin');

interface Origin {
  readonly peer: Peer | undefined;
}

/** Notes that the error was thrown by the code of `peer`, where it is known. */
export function markRemote(error: Error, peer: Peer | undefined): void {
  const origin: Origin = { peer };
  Object.defineProperty(error, ORIGIN, { value: origin });
}

/**
 * Whether the error was thrown by a peer's own code, and arrived here as itself. False for errors of
 * this library, also those that speak of a peer: {@link isRpcError} tells them.
 */
export function isRemote(error: unknown): boolean {
  return originOf(error) !== undefined;
}

/** The peer whose code threw the error, or passed it on; undefined if {@link isRemote} is false or it is not known. */
export function remotePeerOf(error: unknown): Peer | undefined {
  return originOf(error)?.peer;
}

function originOf(error: unknown): Origin | undefined {
  if (typeof error !== 'object' || error === null || !Object.hasOwn(error, ORIGIN))
    return undefined;
  // Only `markRemote` sets it.
  return Reflect.get(error, ORIGIN) as Origin;
}
