/**
 * A server's answer to a client that it does not let in: a negotiation frame that is never finished,
 * with the extension's record in it. A client that does not know it sees a server that has closed
 * during the negotiation.
 */

import { UnauthenticatedError } from '../../errors/access-errors.ts';
import { RefusedError } from '../../errors/errors.ts';
import type { Features } from '../../wire/feature.ts';
import { encodeUnfinishedNegotiation } from '../../wire/negotiation-frame.ts';
import { EXTENSION_VERSION } from './capabilities.ts';
import { decodeExtension, encodeExtension } from './extension.ts';
import type { Refusal } from './resume-record.ts';

/** The one refusal of version 2. It does not say which part of the identity was wrong. */
const UNAUTHENTICATED = 'unauthenticated';

/** The same in version 3. */
const PRINCIPAL = 'principal';

/** The reasons after which another try may help. */
const TEXTS: ReadonlyMap<string, string> = new Map([
  ['full', 'the server has no room for this client'],
  ['leaving', 'the server is being closed'],
]);

const REFUSED = { scope: 'connection', initiator: 'remote', retryable: true } as const;

/**
 * The refusal's bytes. Nothing but the end of the connection may follow.
 *
 * @param refused - the reason, for a client of version 3. Default: the one that version 2 has.
 */
export function encodeRefusal(
  refused: string | Refusal = UNAUTHENTICATED,
  version: number = EXTENSION_VERSION,
): Buffer {
  const extension = encodeExtension({ version, refused });
  return encodeUnfinishedNegotiation({ hasTimeout: false, hasHandlerDuration: false, extension });
}

/**
 * The refusal in an answer that was not finished; undefined if it holds none. Never throws.
 *
 * @param own - the version that this end speaks.
 */
export function refusalToldIn({ extension }: Features, own?: number): Refusal | undefined {
  if (extension === undefined) return undefined;
  try {
    const { refused } = decodeExtension(extension, own);
    if (typeof refused === 'object') return refused;
    return refused === UNAUTHENTICATED ? { why: PRINCIPAL } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The error of a refused client; undefined if the answer holds no refusal. Never throws.
 *
 * @param own - the version that this end speaks.
 */
export function refusalIn(
  features: Features,
  own?: number,
): UnauthenticatedError | RefusedError | undefined {
  const refusal = refusalToldIn(features, own);
  if (refusal === undefined) return undefined;
  const { why, retryAfterMs } = refusal;
  if (why === PRINCIPAL) return new UnauthenticatedError();
  // The peer's own words are left out: reasons of later versions are not known here.
  const text = TEXTS.get(why) ?? 'the server takes no connection of this client now';
  return new RefusedError(text, { ...REFUSED, retryAfterMs });
}
