import { bson } from '../../lib/layout.ts';
import { connect, stream } from '../../lib/index.ts';
import { expectEqual } from '../support/expect-equal.ts';
import type { Subject } from '../support/workload.ts';
import type { StreamPlan } from './plans.ts';
import { HOST, servingService } from './serving.ts';
import { driveStream, generate } from './streams.ts';

const SERVICE = 'bench';

interface ItemService {
  /** Streams so many items. */
  produce(count: number): AsyncIterable<unknown>;
  /** Takes a stream of so many items. */
  consume(count: number, items: AsyncIterable<unknown>): Promise<void>;
}

/**
 * Items of a service's stream, one stream for each run: down is a method's result, up its argument.
 *
 * @param context - whether the method has a call context.
 */
export function serviceItems(
  direction: 'down' | 'up',
  plan: StreamPlan,
  context: boolean,
): Subject {
  const service: ItemService = {
    produce: (count) => streamOf(plan, count),
    consume: (count, items) => consume(plan, count, items),
  };
  return {
    serve: () => servingService(SERVICE, service, { context }),
    connect: async (port) => {
      const client = await connect({ host: HOST, port });
      const api = client.api<ItemService>(SERVICE);
      const carry =
        direction === 'down'
          ? (count: number) => consume(plan, count, api.produce(count))
          : (count: number) => api.consume(count, streamOf(plan, count));
      return driveStream(carry, plan);
    },
  };
}

/** A generator as it is, where the connection's serializer will do. */
function streamOf({ messages, serializer }: StreamPlan, count: number): AsyncIterable<unknown> {
  const items = generate(messages, count);
  return serializer === bson ? items : stream(items, { serializer });
}

async function consume(
  { tally, check }: StreamPlan,
  count: number,
  items: AsyncIterable<unknown>,
): Promise<void> {
  void tally.expect(count);
  for await (const item of items) check(item);
  expectEqual(tally.count, count);
}
