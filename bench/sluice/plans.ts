import { bson, raw, type TupleSerializer } from '../../lib/index.ts';
import { ByteCheck, makeByteMessages } from '../support/byte-messages.ts';
import { bytesOutcome, messagesOutcome } from '../support/outcomes.ts';
import { type BenchRecord, makeRecords, RecordCheck } from '../support/records.ts';
import type { Tally } from '../support/tally.ts';
import type { Outcome } from '../support/workload.ts';

/** What is sent over a stream, and how it is checked. */
export interface StreamPlan {
  readonly serializer: TupleSerializer<[unknown]>;
  /** Sent over and over; a power of two of them. */
  readonly messages: readonly unknown[];
  readonly tally: Tally;
  /** @throws if it is not the message that is due. */
  readonly check: (message: unknown) => void;
  readonly outcome: (amount: number, seconds: number) => Outcome;
}

/** Byte messages, measured by their number. */
export function bytesPlan(messageBytes: number): StreamPlan {
  return { ...bytes(messageBytes), outcome: messagesOutcome };
}

/** Byte messages, measured by their bytes. */
export function bulkPlan(messageBytes: number): StreamPlan {
  return { ...bytes(messageBytes), outcome: bytesOutcome(messageBytes) };
}

/** Records in BSON. */
export function recordsPlan(): StreamPlan {
  const check = new RecordCheck();
  return {
    serializer: bson,
    messages: makeRecords(),
    tally: check.tally,
    // The check finds out whether it is one.
    check: (message) => check.take(message as BenchRecord),
    outcome: messagesOutcome,
  };
}

function bytes(messageBytes: number): Omit<StreamPlan, 'outcome'> {
  const check = new ByteCheck(messageBytes);
  return {
    serializer: raw,
    messages: makeByteMessages(messageBytes),
    tally: check.tally,
    check: (message) => {
      // `raw` reads nothing else.
      const received = message as Uint8Array;
      check.take(received, 0, received.length);
    },
  };
}
