import { deserialize } from 'bson';

import { ByteCheck, makeByteMessages } from '../support/byte-messages.ts';
import { type BenchRecord, makeRecords, RecordCheck } from '../support/records.ts';
import { bytesOutcome, messagesOutcome } from '../support/outcomes.ts';
import type { Outcome } from '../support/workload.ts';
import { FrameCutter } from './frame-cutter.ts';
import { FrameSkimmer } from './frame-skimmer.ts';
import type { RawOutput } from './raw-output.ts';
import { sendBulk, sendDocuments, sendFilled, sendSmall } from './senders.ts';

const HEADER_BYTES = 4;

/** Takes a stream's bytes and checks its messages. */
export interface FloorReceiver {
  /** Resolves when `count` more messages have come. */
  expect(count: number): Promise<void>;
  /** Takes the first `end` bytes of a chunk, which is the caller's again afterwards. */
  push(chunk: Buffer, end: number): void;
}

/** What is sent over a raw connection, and how it is read. */
export interface FloorPlan {
  send(output: RawOutput, count: number): Promise<void>;
  makeReceiver(): FloorReceiver;
  outcome(amount: number, seconds: number): Outcome;
}

/** Byte messages that are small enough to be copied together. */
export function smallBytesPlan(messageBytes: number): FloorPlan {
  const messages = makeByteMessages(messageBytes);
  return {
    send: (output, count) => sendSmall(output, messages, count),
    makeReceiver: () => byteReceiver(messageBytes),
    outcome: messagesOutcome,
  };
}

/** Byte messages that are sent from where they lie. */
export function bulkPlan(messageBytes: number): FloorPlan {
  const messages = makeByteMessages(messageBytes);
  return {
    send: (output, count) => sendBulk(output, messages, count),
    makeReceiver: () => byteReceiver(messageBytes),
    outcome: bytesOutcome(messageBytes),
  };
}

/** The same, each filled anew in memory that is used again and again. */
export function filledBulkPlan(messageBytes: number): FloorPlan {
  return {
    ...bulkPlan(messageBytes),
    send: (output, count) => sendFilled(output, makeByteMessages(messageBytes), count),
  };
}

/** Records, by the same js-bson. */
export function recordsPlan(): FloorPlan {
  const documents = makeRecords().map((record) => ({ 0: record }));
  return {
    send: (output, count) => sendDocuments(output, documents, count),
    makeReceiver: recordReceiver,
    outcome: messagesOutcome,
  };
}

function byteReceiver(messageBytes: number): FloorReceiver {
  const check = new ByteCheck(messageBytes);
  const skimmer = new FrameSkimmer(check);
  return {
    expect: (count) => check.tally.expect(count),
    push: (chunk, end) => skimmer.push(chunk, end),
  };
}

function recordReceiver(): FloorReceiver {
  const check = new RecordCheck();
  const cutter = new FrameCutter({ headerBytes: HEADER_BYTES, lengthAt: 0 }, (bytes, at) => {
    const document = deserialize(bytes, {
      index: at + HEADER_BYTES,
      allowObjectSmallerThanBufferSize: true,
    });
    // What the sender of this plan writes.
    check.take(document['0'] as BenchRecord);
  });
  return {
    expect: (count) => check.tally.expect(count),
    push: (chunk, end) => cutter.push(chunk, end),
  };
}
