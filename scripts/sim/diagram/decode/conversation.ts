/**
 * Reads all that was sent on one connection, frame by frame. It stands outside of the ends: it has only
 * their bytes.
 */

import { ByteQueue } from '../../../../lib/base/byte-queue.ts';
import { messageOf } from '../../../../lib/errors/foreign.ts';
import type { Features } from '../../../../lib/wire/feature.ts';
import { compressedReader } from './compressed.ts';
import type { DecodedFrame, SeenFrame, WireNames } from './frame.ts';
import { MainConnectionReader } from './main-connection.ts';
import {
  type ConnectionKind,
  kindOf,
  seenNegotiation,
  type SeenNegotiation,
} from './negotiation.ts';
import { hexText } from './payload.ts';
import { streamReader } from './stream-connection.ts';

/** The bytes of both directions. */
export interface SentBytes {
  readonly toListener: Buffer;
  readonly toDialer: Buffer;
}

/** The frames of both directions. Together they are all bytes. */
export interface SeenConversation {
  readonly kind: ConnectionKind;
  readonly toListener: readonly SeenFrame[];
  readonly toDialer: readonly SeenFrame[];
}

type TakeFrame = (bytes: ByteQueue) => DecodedFrame | undefined;
type Readers = Readonly<Record<keyof SentBytes, TakeFrame>>;

/** Never throws, whatever the bytes are: those that can't be read are a frame of the kind `unread`. */
export function readConversation(
  { toListener, toDialer }: SentBytes,
  names: WireNames = {},
): SeenConversation {
  const offer = seenNegotiation(toListener);
  const answer = seenNegotiation(toDialer);
  const kind = kindOf(offer.features);
  const take = readersOf(kind, offer, answer, names);
  return {
    kind,
    toListener: framesOf(toListener, offer, take?.toListener),
    toDialer: framesOf(toDialer, answer, take?.toDialer),
  };
}

/** Undefined where nothing was agreed. */
function readersOf(
  kind: ConnectionKind,
  { features: offer }: SeenNegotiation,
  { features: answer }: SeenNegotiation,
  names: WireNames,
): Readers | undefined {
  if (offer === undefined || answer === undefined) return undefined;
  const plain = kind === 'main' ? mainReaders(offer, answer, names) : streamReaders(kind, names);
  const { compress } = answer;
  if (compress === undefined) return plain;
  return {
    toListener: compressedReader(compress, plain.toListener),
    toDialer: compressedReader(compress, plain.toDialer),
  };
}

function mainReaders(offer: Features, answer: Features, names: WireNames): Readers {
  const terms = {
    hasTimeout: offer.hasTimeout && answer.hasTimeout,
    hasDuration: offer.hasHandlerDuration && answer.hasHandlerDuration,
    hasExtension: offer.extension !== undefined && answer.extension !== undefined,
  };
  const reader = new MainConnectionReader(terms, names);
  return { toListener: reader.takeRequest, toDialer: reader.takeReply };
}

function streamReaders(kind: ConnectionKind, names: WireNames): Readers {
  const isLane = kind === 'lane';
  return { toListener: streamReader(isLane, names), toDialer: streamReader(isLane, names) };
}

function framesOf(
  bytes: Buffer,
  { frame: first }: SeenNegotiation,
  take: TakeFrame | undefined,
): SeenFrame[] {
  if (first === undefined) return [];
  return [first, ...framesBehind(bytes, first.end, take)];
}

function* framesBehind(
  bytes: Buffer,
  start: number,
  take: TakeFrame | undefined,
): Generator<SeenFrame, void, undefined> {
  const queue = new ByteQueue();
  queue.append(bytes.subarray(start));
  let at = start;
  while (at < bytes.length) {
    const frame = takeSafely(queue, take);
    const isRead = !('problem' in frame);
    const end = isRead ? bytes.length - queue.byteLength : bytes.length;
    if (isRead) yield { ...frame, start: at, end };
    else yield unread(frame.problem, bytes, at);
    at = end;
  }
}

function takeSafely(
  queue: ByteQueue,
  take: TakeFrame | undefined,
): DecodedFrame | { readonly problem: string } {
  if (take === undefined) return { problem: 'nothing was agreed' };
  try {
    return take(queue) ?? { problem: 'a part of a frame' };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

/** The rest of a direction. */
function unread(problem: string, bytes: Buffer, start: number): SeenFrame {
  const detail = hexText(bytes.subarray(start));
  return { kind: 'unread', text: problem, detail, start, end: bytes.length };
}
