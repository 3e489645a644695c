import {
  bson,
  bytes as byteMember,
  i32,
  packed,
  raw,
  type Serializer,
  string,
  tuple,
} from '../../lib/layout.ts';
import { type CompressorFactory, lz4 } from '../../lib/compression.ts';
import { ByteCheck, makeByteMessages } from '../support/byte-messages.ts';
import { expectEqual } from '../support/expect-equal.ts';
import { bytesOutcome, messagesOutcome } from '../support/outcomes.ts';
import { type BenchRecord, makeRecords, RecordCheck } from '../support/records.ts';
import { Tally } from '../support/tally.ts';
import { makeTextMessages, TextCheck } from '../support/text-messages.ts';
import type { Outcome } from '../support/workload.ts';
import { BENCH_RECORD } from './bench-record.ts';

const NUMBERS = 1_024;

/** What gives messages to a sink. */
export type Feeding = 'loop' | 'generator' | 'anew' | 'taken';

/** What is sent over a stream, and how it is checked. */
export interface StreamPlan {
  readonly serializer: Serializer<[unknown]>;
  /** What both ends negotiate. */
  readonly compression?: CompressorFactory;
  /** Sent over and over; a power of two of them. */
  readonly messages: readonly unknown[];
  /**
   * What gives the messages to a bare sink: a loop or a generator; or a loop that fills each message
   * anew, in memory of its own or that the sink gives. Default: a loop.
   */
  readonly feeding?: Feeding;
  /** Reads any BSON by the plain serializer, as one that was told nothing but its name. Default: false. */
  readonly isReadPlainly?: boolean;
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
export function bulkPlan(messageBytes: number, feeding: Feeding = 'loop'): StreamPlan {
  return { ...bytes(messageBytes), feeding, outcome: bytesOutcome(messageBytes) };
}

/** Text, compressed by LZ4, measured by its bytes before that. */
export function lz4Plan(messageBytes: number): StreamPlan {
  const messages = makeTextMessages(messageBytes);
  const check = new TextCheck(messages);
  return {
    serializer: raw,
    compression: lz4(),
    messages,
    tally: check.tally,
    // `raw` reads nothing else.
    check: (message) => check.take(message as Uint8Array),
    outcome: bytesOutcome(messageBytes),
  };
}

/** Small numbers in BSON, of which little but what a stream itself costs is left. */
export function numbersPlan(): StreamPlan {
  const tally = new Tally(NUMBERS);
  return {
    serializer: bson,
    messages: Array.from({ length: NUMBERS }, (_, number) => number),
    tally,
    check: (message) => expectEqual<unknown>(message, tally.next()),
    outcome: messagesOutcome,
  };
}

/** Records in BSON. */
export function recordsPlan(): StreamPlan {
  return records(bson);
}

/** The same bytes, written and read by the shape that was declared for them. */
export function shapedRecordsPlan(): StreamPlan {
  return records(BENCH_RECORD);
}

/** The same fields in the layout of packed tuples. */
export function packedRecordsPlan(): StreamPlan {
  const check = new RecordCheck();
  return {
    serializer: packed(tuple(i32, string, string)),
    messages: makeRecords().map(({ seq, key, value }) => [seq, key, value]),
    tally: check.tally,
    check: (message) => {
      // The layout has nothing else.
      const [seq, key, value] = message as [number, string, string];
      check.take({ seq, key, value });
    },
    outcome: messagesOutcome,
  };
}

/** Bytes or text of so many bytes, as the one member of a packed layout. */
export function packedPlan(kind: 'bytes' | 'string', messageBytes: number): StreamPlan {
  if (kind === 'bytes') return { ...bytesPlan(messageBytes), serializer: packed(byteMember) };
  const tally = new Tally(NUMBERS);
  const messages = Array.from({ length: NUMBERS }, (_, place) =>
    String(place).padEnd(messageBytes, 'abcdefgh'),
  );
  return {
    serializer: packed(string),
    messages,
    tally,
    check: (message) => expectEqual<unknown>(message, messages[tally.next()]),
    outcome: messagesOutcome,
  };
}

function records(serializer: Serializer<[unknown]>): StreamPlan {
  const check = new RecordCheck();
  return {
    serializer,
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
