import type { Limits } from '../../lib/index.ts';
import type { ManualClock } from '../../lib/testing.ts';
import { raw } from '../../lib/layout.ts';
import { turns } from './turns.ts';
import { type Direction, Streams } from './streams.ts';
import { memoryPair, type PairOptions, withServer } from './with-server.ts';

/** A message of `raw`. */
export type Bytes = [Uint8Array];

/** Small buffers, so that a few messages fill all that is between a sink and a reader. */
export const TIGHT: Pick<Limits, 'sinkBudgetBytes' | 'sourceBudgetBytes'> = {
  sinkBudgetBytes: 1_000,
  sourceBudgetBytes: 1_000,
};

/** Options for a pair in memory with hardly any room between its ends. */
export function tight(limits: Partial<Limits> = {}): PairOptions & { readonly clock: ManualClock } {
  const { clock, both } = memoryPair({ bufferBytes: 1_000 });
  return { clock, both: { ...both, limits: { ...TIGHT, ...limits } } };
}

/** Runs a test with a stream of raw messages to a reader that reads nothing unless it is asked to. */
export async function withStream(
  run: (stream: Direction<Bytes>) => Promise<void>,
  options: PairOptions = tight(),
): Promise<void> {
  await withServer(options, async ({ server, client }) => {
    await run(await new Streams(server, client, { serializer: raw }).oneWay<Bytes>());
  });
}

/** Sends until the sink asks to wait, and returns the promise to wait for. */
export function fill({ sink }: Direction<Bytes>): { room: Promise<void>; count: number } {
  for (let count = 1; ; count++) {
    const room = sink.send(Buffer.alloc(100, count));
    if (room !== undefined) return { room, count };
  }
}

/** Fills all that is between the sink and a reader that does not read; returns the count of messages. */
export async function stuff(stream: Direction<Bytes>): Promise<number> {
  let count = 0;
  while (stream.sink.bufferedBytes <= TIGHT.sinkBudgetBytes) {
    count += fill(stream).count;
    await turns(20);
  }
  return count;
}
