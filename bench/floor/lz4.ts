import { compressSync, uncompressSync } from 'lz4-napi';

import { bytesOutcome } from '../support/outcomes.ts';
import { makeTextMessages } from '../support/text-messages.ts';
import type { Outcome, Subject } from '../support/workload.ts';

/** What the compressor alone does in one process, on the slower side: nothing is sent. */
export function floorLz4(messageBytes: number): Subject {
  const messages = makeTextMessages(messageBytes);
  return {
    serve: () => Promise.resolve({ port: 0 }),
    connect: () => Promise.resolve({ run: (amount) => Promise.resolve(run(messages, amount)) }),
  };
}

function run(messages: readonly Buffer[], amount: number): Outcome {
  const compressed = messages.map((message) => compressSync(message));
  for (const [place, message] of messages.entries()) {
    // There are as many of the one as of the other.
    if (!uncompressSync(compressed[place]!).equals(message)) throw new Error('a message changed');
  }
  const seconds = {
    compress: timeOf(messages, amount, compressSync),
    uncompress: timeOf(compressed, amount, uncompressSync),
  };
  const slower = Math.max(seconds.compress, seconds.uncompress);
  const { figures } = bytesOutcome(messages[0]?.length ?? 0)(amount, slower);
  return { seconds: seconds.compress + seconds.uncompress, figures };
}

function timeOf(
  inputs: readonly Buffer[],
  amount: number,
  work: (input: Buffer) => Buffer,
): number {
  const mask = inputs.length - 1;
  const start = performance.now();
  // The mask keeps the index within the ring.
  for (let i = 0; i < amount; i++) work(inputs[i & mask]!);
  return (performance.now() - start) / 1e3;
}
