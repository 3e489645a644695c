import type { Compressor } from '../../compression/compressor.ts';
import { type AgreedWithId, agreedOn } from '../../connection/handshake/agreed.ts';
import { encodeExtension, type Extension } from '../../connection/handshake/extension.ts';
import { writeEmptyFrame } from '../../connection/link/empty-frame.ts';
import type { Link } from '../../connection/link/link.ts';
import { TlsError } from '../../errors/access-errors.ts';
import { isInstance } from '../../errors/foreign.ts';
import type { Environment } from '../../settings/environment.ts';
import type { Features } from '../../wire/feature.ts';
import { encodeNegotiation, NEGOTIATION_MAGIC } from '../../wire/negotiation-frame.ts';

/** A connection that was let in, and what its client has offered. */
export interface Offer {
  readonly link: Link;
  readonly features: Features;
  /** The id that the connection gets. */
  readonly connectionId: bigint;
  /** Whether the client is told the id, so that it may open streams. */
  readonly hasStreaming: boolean;
  /** The version that both sides use, and the session that the client gets, or goes on with. */
  readonly extension: AnsweredExtension | undefined;
}

/** The fields of the extension that the answer has. */
export type AnsweredExtension = Pick<
  Extension,
  'version' | 'session' | 'keepMs' | 'resumed' | 'stream'
>;

/** Answers the offer of a client, and returns what both sides have agreed on. */
export function answerOffer(environment: Environment, offer: Offer): AgreedWithId {
  const { link, features, connectionId, hasStreaming, extension } = offer;
  const { extensionVersion, serializer } = environment;
  const compressor = chooseCompressor(environment, link, features.compress);
  const answer: Features = {
    compress: compressor?.name,
    hasTimeout: features.hasTimeout,
    connectionId: hasStreaming ? connectionId : undefined,
    isolation: features.isolation,
    hasHandlerDuration: features.hasHandlerDuration,
    extension: extension && encodeExtension({ ...extension, version: extensionVersion }),
  };
  link.writer.writeUncompressed(encodeNegotiation(answer));
  if (compressor !== undefined) link.writer.compressor = compressor;
  const own = { isAccepted: true, compressor, serializer };
  return { ...agreedOn(answer, extension, own), connectionId };
}

/**
 * Tells a client that began with TLS where there is none. Any bytes that are not TLS do, and its own
 * TLS says so.
 */
export function tellOfNoTls(link: Link, error: unknown): void {
  if (!isInstance(error, TlsError) || link.phase !== 'open') return;
  link.writer.writeUncompressed(NEGOTIATION_MAGIC);
}

function chooseCompressor(
  { compression }: Environment,
  link: Link,
  offered: string | undefined,
): Compressor | undefined {
  if (offered === undefined) return undefined;
  return compression?.negotiate(offered, true, () => writeEmptyFrame(link.writer));
}
