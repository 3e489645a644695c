import { Binary, serialize } from 'bson';

import { type MainMessage, decodeMainMessage } from '../../lib/wire/main-message.ts';
import type { RawPeer } from './raw-peer.ts';
import { streamFrame, u64le } from './wire-bytes.ts';

const SUBTYPE_VALUE_STREAM = 0x8c;

/** A reply or an argument of one value. */
export function tupleOf(value: unknown): Buffer {
  return Buffer.from(serialize({ 0: value }));
}

/** An item of a value stream on its lane. */
export function item(value: unknown): Buffer {
  return streamFrame(tupleOf(value));
}

/** A value stream of that number, whose items are written by BSON. */
export function offered(number: number): Binary {
  return new Binary(Buffer.concat([u64le(number), Buffer.from('bson')]), SUBTYPE_VALUE_STREAM);
}

/** What a server says beside its replies; the next thing that it sends. */
export async function takeMainMessage(peer: RawPeer): Promise<MainMessage | undefined> {
  const { messageId, payload } = await peer.takeReply();
  if (messageId !== 0n) throw new Error(`a reply to ${messageId} where a main message was due`);
  return decodeMainMessage(payload, undefined, true);
}
