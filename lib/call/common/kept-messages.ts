import { RefusedError } from '../../errors/errors.ts';
import type { MainMessage } from '../../wire/main-message.ts';

/** A kept frame counts so much beside its bytes. */
export const KEPT_FRAME_BYTES = 128;

/** Bytes of kept messages from which on long reasons are left out. */
export const MAX_REASONS_BYTES = 1_048_576;

/** Longer reasons are left out where memory is short. */
const SMALL_REASON_BYTES = 64;

/** Messages that are kept besides those of streams in values and of calls that are given up. */
const OTHER_MESSAGES = 4_096;

const NO_REASON = Buffer.alloc(0);

/**
 * The main messages that one end of a session keeps until the peer has received them, and their bound.
 * Each stream in a value has one such message from either end, and each call that is given up has two
 * at most: that it is, and that its result came too late. So a peer that tells what it has received
 * never reaches the bound, also if all streams and calls are left in one turn.
 */
export class KeptMessages {
  readonly #most: number;
  #mostCalls = 0;
  #count = 0;
  #bytes = 0;

  /** @param maxPromised - streams in values that may be promised in one direction. */
  constructor(maxPromised: number) {
    this.#most = 2 * maxPromised + OTHER_MESSAGES;
  }

  /** The memory that they count for. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether there are more than a peer may leave untaken. */
  get isOverfull(): boolean {
    return this.#count > this.#most + 2 * this.#mostCalls;
  }

  /** One of so many calls is given up now, and the others may be in the same turn. */
  makeRoomForCalls(calls: number): void {
    if (calls > this.#mostCalls) this.#mostCalls = calls;
  }

  /** Counts the message, and returns what is to be kept of it. */
  add(message: MainMessage): MainMessage {
    const kept = this.#bytes < MAX_REASONS_BYTES ? message : withoutReason(message);
    this.#count++;
    this.#bytes += KEPT_FRAME_BYTES + reasonBytes(kept);
    return kept;
  }

  /** It is no longer kept. */
  remove(kept: MainMessage): void {
    this.#count--;
    this.#bytes -= KEPT_FRAME_BYTES + reasonBytes(kept);
  }
}

/** Ends a session that keeps too many messages. */
export function tooManyKept(peer: 'client' | 'server'): RefusedError {
  const text = `the ${peer} has not received what is kept for it, and more may not be kept`;
  return new RefusedError(text, { scope: 'connection', initiator: 'remote' });
}

/** A cancel without its reason, if that is long. The error of a refusal is no reason: it stays. */
export function withoutReason(message: MainMessage): MainMessage {
  const isCancel = message.kind === 'stream-cancel' || message.kind === 'call-cancel';
  if (!isCancel || message.reason.length <= SMALL_REASON_BYTES) return message;
  return { ...message, reason: NO_REASON };
}

/** The bytes of a message's document, if it has one. */
export function reasonBytes(message: MainMessage): number {
  return 'reason' in message ? message.reason.length : 0;
}
