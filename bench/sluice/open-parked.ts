import { connect, listen, stream, verb } from '../../lib/index.ts';
import { EndedStreams } from '../support/ended-streams.ts';
import { expectEqual } from '../support/expect-equal.ts';
import { openedOutcome } from '../support/outcomes.ts';
import type { Subject } from '../support/workload.ts';
import { HOST, serving } from './serving.ts';

const TAKE = verb<(input: AsyncIterable<number>) => void>(1);
const COUNT = verb<(streams: number) => number>(2);

/** Streams that are passed in a call, and carry one message on a connection that was parked. */
export function sluiceOpenParked(): Subject {
  return {
    serve: async () => {
      const server = await listen({ host: HOST, port: 0 });
      const ended = new EndedStreams();
      server.handle(TAKE, (_context, input) => void readOne(input, ended));
      server.handle(COUNT, (_context, streams) => ended.expect(streams));
      return serving(server);
    },
    connect: async (port) => {
      const client = await connect({ host: HOST, port });
      return {
        run: async (amount) => {
          const start = performance.now();
          for (let number = 0; number < amount; number++) {
            const output = stream([number]);
            await client.call(TAKE, output);
            await output.whenSent;
          }
          const sum = await client.call(COUNT, amount);
          return openedOutcome(amount, sum, (performance.now() - start) / 1e3);
        },
      };
    },
  };
}

/** Anything but one message and a clean end is an unhandled rejection and ends the process. */
async function readOne(input: AsyncIterable<number>, ended: EndedStreams): Promise<void> {
  const only: number[] = [];
  for await (const number of input) only.push(number);
  expectEqual(only.length, 1);
  ended.add(only[0] ?? Number.NaN);
}
