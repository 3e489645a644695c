import { type Extension, decodeExtension } from '../../../../lib/connection/handshake/extension.ts';
import { messageOf } from '../../../../lib/errors/foreign.ts';
import type { Features } from '../../../../lib/wire/feature.ts';
import { NegotiationDecoder } from '../../../../lib/wire/negotiation-frame.ts';
import type { SeenFrame } from './frame.ts';
import { hexText } from './payload.ts';

/** The use of a connection, as its dialer has said it. */
export type ConnectionKind = 'main' | 'child' | 'lane' | 'unknown';

/** The beginning of one direction. */
export interface SeenNegotiation {
  /** Undefined where it is no negotiation, or was not finished. */
  readonly features: Features | undefined;
  /** Undefined if there were no bytes. */
  readonly frame: SeenFrame | undefined;
}

/** Reads the negotiation frame that the bytes of a direction begin with. */
export function seenNegotiation(bytes: Buffer): SeenNegotiation {
  if (bytes.length === 0) return { features: undefined, frame: undefined };
  const decoder = new NegotiationDecoder();
  decoder.push(bytes);
  const place = { start: 0, end: bytes.length };
  try {
    const features = decoder.next();
    if (features === undefined) return { features, frame: unfinished(decoder, bytes) };
    const end = bytes.length - decoder.rest().length;
    const text = ['negotiation', ...featureTexts(features)].join(' ');
    return { features, frame: { kind: 'negotiation', text, detail: '', start: 0, end } };
  } catch (error) {
    const frame = { kind: 'unread', text: 'no negotiation', detail: messageOf(error) } as const;
    return { features: undefined, frame: { ...frame, ...place } };
  }
}

/** The use of a connection with that offer. */
export function kindOf(offer: Features | undefined): ConnectionKind {
  if (offer === undefined) return 'unknown';
  if (offer.streamParent === undefined) return 'main';
  return extensionOf(offer)?.isLane === true ? 'lane' : 'child';
}

function unfinished(decoder: NegotiationDecoder, bytes: Buffer): SeenFrame {
  const begun = decoder.begun();
  const refusal = begun && extensionOf(begun)?.refused;
  const refused = typeof refusal === 'object' ? refusal.why : refusal;
  const text = refused === undefined ? 'unfinished negotiation' : `refusal: ${refused}`;
  const kind = refused === undefined ? 'unread' : 'negotiation';
  return { kind, text, detail: hexText(bytes), start: 0, end: bytes.length };
}

function featureTexts(features: Features): string[] {
  const { compress, hasTimeout, connectionId, streamParent, isolation, hasHandlerDuration } =
    features;
  const extension = extensionOf(features);
  return [
    extension && `v${extension.version}`,
    extension?.isLane === true && 'lane',
    streamParent !== undefined && `parent ${shortId(streamParent)}`,
    connectionId !== undefined && `id ${shortId(connectionId)}`,
    compress,
    hasTimeout && 'timeout',
    hasHandlerDuration && 'duration',
    isolation && 'isolation',
    extension?.session && 'session',
    extension?.token !== undefined && 'token',
  ].filter((text) => typeof text === 'string');
}

/** Enough of a connection's id to tell it from others. */
export function shortId(id: bigint): string {
  return `…${id.toString(16).slice(-6)}`;
}

function extensionOf({ extension }: Features): Extension | undefined {
  try {
    return extension && decodeExtension(extension);
  } catch {
    return undefined;
  }
}
