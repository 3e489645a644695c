import { percentile } from './figure.ts';
import { sizeFigures } from './remarks.ts';
import type { Figures, Outcome } from './workload.ts';

/** Messages a second. */
export function messagesOutcome(amount: number, seconds: number): Outcome {
  return { seconds, figures: { '': amount / seconds } };
}

/** Megabytes a second, a megabyte being 1,000,000 bytes of messages. */
export function bytesOutcome(messageBytes: number): (amount: number, seconds: number) => Outcome {
  return (amount, seconds) => ({
    seconds,
    figures: { '': (amount * messageBytes) / seconds / 1e6, ...sizeFigures(messageBytes) },
  });
}

/** Streams opened a second. @param sum - of the numbers from 0 that they carried, as the server found it. */
export function openedOutcome(amount: number, sum: number, seconds: number): Outcome {
  if (sum !== (amount * (amount - 1)) / 2)
    throw new Error(`${amount} streams carried ${sum} in all`);
  return { seconds, figures: { '': amount / seconds } };
}

/** The median of what was timed, and its 99th percentile. */
export function latencyFigures(latenciesUs: Float64Array): Figures {
  return { '.p50': percentile(latenciesUs, 0.5), '.p99': percentile(latenciesUs, 0.99) };
}
