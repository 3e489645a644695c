/**
 * The facts that go with the values of a service call. Fields that are absent are not written.
 * Usually all are absent, and then there is no envelope.
 *
 *     request   m: metadata   o: {lane, number}   s: milliseconds
 *     reply     h: headers    t: trailers
 *
 * Unknown fields are ignored.
 */

import { decodePlain, encodePlain } from '../../document/plain-bson.ts';
import { SerializationError } from '../../errors/errors.ts';
import type { Metadata } from '../../types/value-stream.ts';
import { isDocument, NO_METADATA, receivedMetadata } from '../context/metadata.ts';

/**
 * A child connection on which the caller wants the stream that it expects, and the number of that
 * stream.
 */
export interface LaneOffer {
  /** The connection's id. */
  readonly lane: bigint;
  /** Odd, as the caller chose it. */
  readonly number: number;
}

/** The facts that go with the arguments. */
export interface RequestEnvelope {
  readonly metadata?: Metadata | undefined;
  readonly offer?: LaneOffer | undefined;
  /** Milliseconds that the stream in the result may take; undefined for no limit. */
  readonly streamTimeoutMs?: number | undefined;
}

/**
 * The envelope with these facts, where 0 and Infinity are no limits; undefined if there are none.
 */
export function requestEnvelope(
  metadata: Metadata | undefined,
  offer: LaneOffer | undefined,
  streamTimeoutMs: number | undefined,
): RequestEnvelope | undefined {
  const hasMetadata = metadata !== undefined && hasEntries(metadata);
  const isLimited =
    streamTimeoutMs !== undefined && streamTimeoutMs > 0 && streamTimeoutMs !== Infinity;
  if (!hasMetadata && offer === undefined && !isLimited) return undefined;
  return {
    metadata: hasMetadata ? metadata : undefined,
    offer,
    streamTimeoutMs: isLimited ? streamTimeoutMs : undefined,
  };
}

/** The facts that go with the result. */
export interface ReplyEnvelope {
  readonly headers: Metadata;
  readonly trailers: Metadata;
}

/** The most bytes of an envelope: two pieces of metadata at their largest. */
export const MAX_ENVELOPE_BYTES = 65_536;

/** The bytes of a request's envelope. */
export function encodeRequestEnvelope(envelope: RequestEnvelope): Buffer {
  const { metadata, offer, streamTimeoutMs } = envelope;
  return encodePlain({
    m: metadata,
    o: offer && { lane: BigInt.asIntN(64, offer.lane), number: offer.number },
    s: streamTimeoutMs,
  });
}

/** The bytes of a reply's envelope; undefined if it is empty. */
export function encodeReplyEnvelope({ headers, trailers }: ReplyEnvelope): Buffer | undefined {
  const h = hasEntries(headers) ? headers : undefined;
  const t = hasEntries(trailers) ? trailers : undefined;
  return h === undefined && t === undefined ? undefined : encodePlain({ h, t });
}

/** @throws SerializationError blaming `remote` if it is malformed, or has more than `maxMetadataBytes`. */
export function decodeRequestEnvelope(bytes: Buffer, maxMetadataBytes: number): RequestEnvelope {
  const { m, o, s } = decodeDocument(bytes);
  return {
    metadata: m === undefined ? undefined : receivedMetadata(m, maxMetadataBytes),
    offer: o === undefined ? undefined : readOffer(o),
    streamTimeoutMs: s === undefined ? undefined : readTimeout(s),
  };
}

/**
 * @throws SerializationError blaming `remote` if it is malformed, or if either part has more than
 * `maxMetadataBytes`.
 */
export function decodeReplyEnvelope(bytes: Buffer, maxMetadataBytes: number): ReplyEnvelope {
  const { h, t } = decodeDocument(bytes);
  return {
    headers: h === undefined ? NO_METADATA : receivedMetadata(h, maxMetadataBytes),
    trailers: t === undefined ? NO_METADATA : receivedMetadata(t, maxMetadataBytes),
  };
}

function hasEntries(metadata: Metadata): boolean {
  for (const _name in metadata) return true;
  return false;
}

/** The values of a document's fields, before they are checked. */
type Fields = Readonly<Partial<Record<string, unknown>>>;

function decodeDocument(bytes: Buffer): Fields {
  const document = decodePlain(bytes);
  if (isDocument(document)) return document;
  throw malformed('an envelope that is no document');
}

function readOffer(value: unknown): LaneOffer {
  if (isDocument(value)) {
    const { lane, number } = value;
    if (typeof lane === 'bigint' && isStreamNumber(number)) {
      return { lane: BigInt.asUintN(64, lane), number: Number(number) };
    }
  }
  throw malformed('a malformed lane offer');
}

function readTimeout(value: unknown): number {
  if (typeof value === 'number' && value > 0 && value !== Infinity) return value;
  throw malformed('a malformed time limit');
}

/** Small numbers are read as numbers. Numbers beyond 32 bits may be either. */
function isStreamNumber(value: unknown): value is number | bigint {
  if (typeof value === 'bigint') return isStreamNumber(Number(value));
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

function malformed(problem: string): SerializationError {
  return new SerializationError(problem, { initiator: 'remote' });
}
