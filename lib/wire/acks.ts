/**
 * The body of `stream-ack` and `child-ack`: how far the sender has come with several streams.
 *
 *     up to 1,024 × ( u64 number of the stream, or id of its first child connection
 *                   | u64 acknowledged | u64 taken )
 *
 * These come often, so they are read and written where they lie: nothing is made for an entry, except
 * the bigint of a child's id.
 */

import { readI64AsNumber, readPosition, writeI64 } from './integers.ts';
import { KIND_BYTES, malformed } from './main-message-body.ts';
import { KINDS } from './main-message-kind.ts';

/** The most entries of one message. */
export const MAX_ACKS = 1_024;

const ENTRY_BYTES = 24;
const ACKNOWLEDGED_AT = 8;
const TAKEN_AT = 16;
const FIRST_ENTRIES = 8;

/** The two kinds that hold such entries. */
export type AckKind = 'stream-ack' | 'child-ack';

/** The entries of one message, in its bytes. Read them before the bytes are used again. */
export class Acks {
  /** The whole message. */
  readonly bytes: Buffer;
  /** The number of entries. */
  readonly count: number;

  /** @param bytes - a message that {@link readAcks} has judged, or that is our own. */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.count = (bytes.length - KIND_BYTES) / ENTRY_BYTES;
  }

  /** The number of the stream, in `stream-ack`. */
  numberAt(index: number): number {
    return readI64AsNumber(this.bytes, entryAt(index));
  }

  /** The id of the stream's first child connection, in `child-ack`. */
  idAt(index: number): bigint {
    return this.bytes.readBigUInt64LE(entryAt(index));
  }

  /** The items that the consumer is done with, from the stream's start. */
  acknowledgedAt(index: number): number {
    return readI64AsNumber(this.bytes, entryAt(index) + ACKNOWLEDGED_AT);
  }

  /** The items that were handed to the consumer's code, from the stream's start. */
  takenAt(index: number): number {
    return readI64AsNumber(this.bytes, entryAt(index) + TAKEN_AT);
  }
}

/** Reads a whole message. @throws ProtocolError if it is malformed, or a position is from 2^53 on. */
export function readAcks(bytes: Buffer, kind: AckKind): Acks {
  const bodyBytes = bytes.length - KIND_BYTES;
  if (bodyBytes % ENTRY_BYTES !== 0 || bodyBytes > MAX_ACKS * ENTRY_BYTES) {
    malformed();
  }
  for (let at = KIND_BYTES; at < bytes.length; at += ENTRY_BYTES) {
    if (kind === 'stream-ack') readPosition(bytes, at);
    readPosition(bytes, at + ACKNOWLEDGED_AT);
    readPosition(bytes, at + TAKEN_AT);
  }
  return new Acks(bytes);
}

/** Gathers the entries of one message. Its memory serves the next message as well. */
export class AckBatch {
  readonly kind: AckKind;
  #bytes = Buffer.alloc(KIND_BYTES + FIRST_ENTRIES * ENTRY_BYTES);
  #count = 0;

  constructor(kind: AckKind) {
    this.kind = kind;
    this.#bytes[0] = KINDS[kind];
  }

  get count(): number {
    return this.#count;
  }

  /** Whether the message holds as many entries as it may. */
  get isFull(): boolean {
    return this.#count === MAX_ACKS;
  }

  /** Adds an entry of `stream-ack`. The batch must not be full. */
  add(number: number, acknowledged: number, taken: number): void {
    const at = this.#grow();
    writeI64(this.#bytes, at, number);
    this.#writePositions(at, acknowledged, taken);
  }

  /** Adds an entry of `child-ack`. The batch must not be full. */
  addChild(id: bigint, acknowledged: number, taken: number): void {
    const at = this.#grow();
    this.#bytes.writeBigUInt64LE(id, at);
    this.#writePositions(at, acknowledged, taken);
  }

  /**
   * Makes the message, and leaves an empty batch. The message's bytes hold until the next entry is
   * added, so it has to be written before.
   */
  take(): { readonly kind: AckKind; readonly acks: Acks } {
    const acks = new Acks(this.#bytes.subarray(0, entryAt(this.#count)));
    this.#count = 0;
    return { kind: this.kind, acks };
  }

  #writePositions(at: number, acknowledged: number, taken: number): void {
    writeI64(this.#bytes, at + ACKNOWLEDGED_AT, acknowledged);
    writeI64(this.#bytes, at + TAKEN_AT, taken);
  }

  /** Makes room for an entry. Returns its place. */
  #grow(): number {
    const at = entryAt(this.#count++);
    if (at === this.#bytes.length) {
      this.#bytes = Buffer.concat([this.#bytes], entryAt(2 * (this.#count - 1)));
    }
    return at;
  }
}

function entryAt(index: number): number {
  return KIND_BYTES + index * ENTRY_BYTES;
}
