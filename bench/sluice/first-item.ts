import { type Api, connect } from '../../lib/index.ts';
import { expectEqual } from '../support/expect-equal.ts';
import { latencyFigures } from '../support/outcomes.ts';
import type { Subject } from '../support/workload.ts';
import { HOST, servingService } from './serving.ts';

const SERVICE = 'bench';

interface NumberService {
  /** Streams that number alone. */
  only(number: number): AsyncIterable<number>;
}

const SERVED: NumberService = {
  async *only(number) {
    yield number;
  },
};

/**
 * The time from a call until the first item of the stream that it returns. Cold: on a client that has
 * made no other, so that nothing is parked and nobody knows that the method streams.
 */
export function firstItem(temperature: 'cold' | 'warm'): Subject {
  return {
    serve: () => servingService(SERVICE, SERVED),
    connect: async (port) => {
      const warm = (await connect({ host: HOST, port })).api<NumberService>(SERVICE);
      const timeCold = async (number: number): Promise<number> => {
        await using client = await connect({ host: HOST, port });
        // Awaited, as the client is closed on leaving.
        return await timeFirstItem(client.api<NumberService>(SERVICE), number);
      };
      return {
        run: async (amount) => {
          const latenciesUs = new Float64Array(amount);
          const start = performance.now();
          for (let number = 0; number < amount; number++) {
            latenciesUs[number] =
              temperature === 'cold' ? await timeCold(number) : await timeFirstItem(warm, number);
          }
          const seconds = (performance.now() - start) / 1e3;
          return { seconds, figures: latencyFigures(latenciesUs) };
        },
      };
    },
  };
}

/** Microseconds until the item was there; the stream is read to its end, outside of that time. */
async function timeFirstItem(api: Api<NumberService>, number: number): Promise<number> {
  let tookUs = 0;
  const start = performance.now();
  for await (const item of api.only(number)) {
    tookUs = (performance.now() - start) * 1e3;
    expectEqual(item, number);
  }
  if (tookUs === 0) throw new Error(`stream ${number} has no items`);
  return tookUs;
}
