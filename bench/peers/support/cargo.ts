import { ByteCheck, makeByteMessages } from '../../support/byte-messages.ts';
import { type BenchRecord, makeRecords, RecordCheck } from '../../support/records.ts';
import type { Tally } from '../../support/tally.ts';

/** What a stream carries. Both sides make the same one. */
export type Cargo = BytesCargo | RecordsCargo;

export interface BytesCargo extends AnyCargo {
  readonly kind: 'bytes';
  readonly messages: readonly Buffer[];
  /** For readers that find the messages in what they get themselves, in place of `take`. */
  readonly check: ByteCheck;
}

export interface RecordsCargo extends AnyCargo {
  readonly kind: 'records';
  readonly messages: readonly BenchRecord[];
}

interface AnyCargo {
  /** Sent over and over; a power of two of them. A library may keep references to them. */
  readonly messages: readonly unknown[];
  readonly tally: Tally;
  /** Takes what arrived. @throws if it is not the message that is due. */
  readonly take: (message: unknown) => void;
  /** How long the reader is busy with each message, in milliseconds. */
  readonly readMs: number;
}

/** Byte messages of one size. */
export function bytesCargo(messageBytes: number, readMs = 0): BytesCargo {
  const check = new ByteCheck(messageBytes);
  return {
    kind: 'bytes',
    messages: makeByteMessages(messageBytes),
    tally: check.tally,
    check,
    take: (message) => {
      // The check would notice anything else.
      const bytes = message as Uint8Array;
      check.take(bytes, 0, bytes.length);
    },
    readMs,
  };
}

/** Records, in whatever format the library has for them. */
export function recordsCargo(): RecordsCargo {
  const check = new RecordCheck();
  return {
    kind: 'records',
    messages: makeRecords(),
    tally: check.tally,
    // The check would notice anything else.
    take: (message) => check.take(message as BenchRecord),
    readMs: 0,
  };
}

/**
 * The messages as a library without a format of its own sends them: bytes as they are, records as
 * JSON, which is encoded anew each time.
 */
export function plainEncoder(cargo: Cargo): (place: number) => Buffer | string {
  // The masks keep the index within the ring.
  if (cargo.kind === 'bytes') {
    const { messages } = cargo;
    const mask = messages.length - 1;
    return (place) => messages[place & mask]!;
  }
  const { messages } = cargo;
  const mask = messages.length - 1;
  return (place) => JSON.stringify(messages[place & mask]);
}

/** The other way round. */
export function plainTaker({ kind, take }: Cargo): (bytes: Buffer) => void {
  if (kind === 'bytes') return take;
  return (bytes) => take(JSON.parse(bytes.toString()));
}
