import { MAX_HOP_BYTES, MAX_HOPS } from '../base/cancel-path.ts';
import { ProtocolError } from '../errors/errors.ts';
import type { Peer } from '../transport/transport.ts';
import { describeReason, sendableText } from './error-record.ts';
import { decodePlain, encodePlain, isDocument } from './plain-bson.ts';
import { reviveReason } from './revived-error.ts';

/** The most bytes of a whole document. Its reason takes as much as an error, its path the rest. */
export const MAX_CANCEL_DOCUMENT_BYTES = 65_536;

/** Why something was canceled, and by which processes. */
export interface Cancel {
  /** The reason as it was given; undefined for none. */
  readonly reason: unknown;
  /** The processes that the cancel has passed, as far as they have names. */
  readonly path: readonly string[];
  /** For a stream that was open: the number of its items that the reader has taken. */
  readonly takenItems?: number | undefined;
}

/**
 * A cancel as bytes; no bytes if there is nothing to say. The reason may take as much as an error.
 * Never throws.
 */
export function encodeCancel({ reason, path, takenItems }: Cancel): Buffer {
  const described = describeReason(reason);
  const isEmpty = described === undefined && path.length === 0 && takenItems === undefined;
  if (isEmpty) return Buffer.alloc(0);
  return encodePlain({
    reason: described,
    path: path.slice(0, MAX_HOPS).map(cutHop),
    taken: takenItems,
  });
}

/**
 * Reads the bytes of {@link encodeCancel}. If they are malformed, the reason says so. Never throws.
 */
export function decodeCancel(bytes: Buffer, peer?: Peer): Cancel {
  if (bytes.length === 0) return { reason: undefined, path: [] };
  try {
    const document = bytes.length > MAX_CANCEL_DOCUMENT_BYTES ? undefined : decodePlain(bytes);
    if (!isDocument(document)) throw new TypeError('there is no document in it');
    return {
      reason: reviveReason(document['reason'], peer),
      path: pathOf(document['path']),
      ...takenOf(document['taken']),
    };
  } catch (cause) {
    const reason = new ProtocolError('the peer sent a malformed reason', 'call', cause);
    return { reason, path: [] };
  }
}

function takenOf(value: unknown): Pick<Cancel, 'takenItems'> {
  const taken = typeof value === 'bigint' ? Number(value) : value;
  return typeof taken === 'number' && taken >= 0 ? { takenItems: taken } : {};
}

function pathOf(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value
    .slice(0, MAX_HOPS)
    .filter((hop) => typeof hop === 'string')
    .map(cutHop);
}

function cutHop(hop: string): string {
  return sendableText(hop, MAX_HOP_BYTES);
}
