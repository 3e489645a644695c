import type { MainMessage } from '../../wire/main-message.ts';
import { KEPT_FRAME_BYTES } from '../common/kept-messages.ts';

/** A reply that is kept until its caller has received it. */
export interface KeptReply {
  readonly kind: 'reply';
  /** As in its header: negative for an exception. */
  readonly messageId: number;
  readonly durationUs: number | undefined;
  /** A copy: what the handler returned may change. */
  readonly payload: Buffer;
}

/** A frame from a server that is repeated on the next connection. */
export type KeptFrame = KeptReply | MainMessage;

/** The memory that a kept reply counts for. */
export function keptBytes({ payload }: KeptReply): number {
  return KEPT_FRAME_BYTES + payload.length;
}

/** The call that a reply answers. */
export function callOf({ messageId }: KeptReply): number {
  return Math.abs(messageId);
}
