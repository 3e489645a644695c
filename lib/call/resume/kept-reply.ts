import type { MainMessage } from '../../wire/main-message.ts';

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

/** A kept frame counts so much beside its bytes. */
export const KEPT_FRAME_BYTES = 128;

/** The memory that a kept frame counts for. */
export function keptBytes(frame: KeptFrame): number {
  if (frame.kind === 'reply') return KEPT_FRAME_BYTES + frame.payload.length;
  return KEPT_FRAME_BYTES + ('reason' in frame ? frame.reason.length : 0);
}

/** The call that a reply answers. */
export function callOf({ messageId }: KeptReply): number {
  return Math.abs(messageId);
}
