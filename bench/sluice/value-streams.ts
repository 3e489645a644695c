import {
  connect,
  type LocalStream,
  type RemoteStream,
  stream,
  type StreamOptions,
} from '../../lib/index.ts';
import { expectEqual } from '../support/expect-equal.ts';
import type { Subject } from '../support/workload.ts';
import type { StreamPlan } from './plans.ts';
import { HOST, servingService } from './serving.ts';

const SERVICE = 'bench';

/** How a stream in a value is sent and read. */
export interface ValueStreamCase {
  readonly direction: 'down' | 'up';
  readonly reading: 'each' | 'batch';
  readonly plan: StreamPlan;
  /** Default: a plain stream. */
  readonly resumable?: StreamOptions<unknown>['resumable'];
}

interface ItemService {
  /** Streams so many items. */
  produce(count: number): LocalStream<unknown>;
  /** Takes a stream of so many items. Returns the seconds since the first one. */
  consume(count: number, items: AsyncIterable<unknown>): Promise<number>;
}

/**
 * Items of a stream in a value, one stream for each run. The time counts from the first item on: that
 * of opening a stream is another question.
 */
export function valueStreams(chosen: ValueStreamCase): Subject {
  const { direction, plan } = chosen;
  const service: ItemService = {
    produce: (count) => streamOf(chosen, count),
    // The method's argument is a stream of the peer's.
    consume: (count, items) => consume(chosen, count, items as RemoteStream<unknown>),
  };
  return {
    serve: () => servingService(SERVICE, service, { context: false }),
    connect: async (port) => {
      const client = await connect({ host: HOST, port });
      const api = client.api<ItemService>(SERVICE);
      const carry =
        direction === 'down'
          ? async (count: number) => consume(chosen, count, await api.produce(count))
          : (count: number) => api.consume(count, streamOf(chosen, count));
      return { run: async (amount) => plan.outcome(amount, await carry(amount)) };
    },
  };
}

function streamOf({ plan, resumable }: ValueStreamCase, count: number): LocalStream<unknown> {
  const { messages, serializer } = plan;
  return stream(repeat(messages, count), { serializer, resumable });
}

/** So many messages of a ring. No generator is quicker. */
function* repeat<T>(messages: readonly T[], count: number): Generator<T, void, undefined> {
  const mask = messages.length - 1;
  // The mask keeps the index within the ring.
  for (let i = 0; i < count; i++) yield messages[i & mask]!;
}

async function consume(
  { plan, reading }: ValueStreamCase,
  count: number,
  items: RemoteStream<unknown>,
): Promise<number> {
  const { tally, check } = plan;
  void tally.expect(count);
  let start = Number.NaN;
  if (reading === 'batch') {
    for (let batch; (batch = await items.readBatch()) !== undefined;) {
      if (Number.isNaN(start)) start = performance.now();
      for (const item of batch) check(item);
    }
  } else {
    for await (const item of items) {
      if (Number.isNaN(start)) start = performance.now();
      check(item);
    }
  }
  expectEqual(tally.count, count);
  return (performance.now() - start) / 1e3;
}
