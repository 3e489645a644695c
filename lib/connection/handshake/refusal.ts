/**
 * A server's answer to a client that its `authenticate` hook has refused: a negotiation frame that
 * is never finished, with the extension's record in it. A client that does not know it sees a
 * server that has closed during the negotiation.
 */

import { UnauthenticatedError } from '../../errors/access-errors.ts';
import type { Features } from '../../wire/feature.ts';
import { encodeUnfinishedNegotiation } from '../../wire/negotiation-frame.ts';
import { decodeExtension, encodeExtension } from './extension.ts';

/** The one refusal there is. It does not say which part of the identity was wrong. */
const UNAUTHENTICATED = 'unauthenticated';

/** The refusal's bytes. Nothing but the end of the connection may follow. */
export function encodeRefusal(): Buffer {
  const extension = encodeExtension({ refused: UNAUTHENTICATED });
  return encodeUnfinishedNegotiation({ hasTimeout: false, hasHandlerDuration: false, extension });
}

/** The refusal in an answer that was not finished; undefined if it holds none. Never throws. */
export function refusalIn({ extension }: Features): UnauthenticatedError | undefined {
  if (extension === undefined) return undefined;
  try {
    const { refused } = decodeExtension(extension);
    return refused === UNAUTHENTICATED ? new UnauthenticatedError() : undefined;
  } catch {
    return undefined;
  }
}
