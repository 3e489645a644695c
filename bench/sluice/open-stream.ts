import { connect, listen, type Source, verb } from '../../lib/index.ts';
import { EndedStreams } from '../support/ended-streams.ts';
import { openedOutcome } from '../support/outcomes.ts';
import type { Subject } from '../support/workload.ts';
import { HOST, serving } from './serving.ts';

const TAKE = verb<(input: Source<[number]>) => void>(1);
const COUNT = verb<(streams: number) => number>(2);

/** Streams that are opened, passed in a call, and carry one message. */
export function sluiceOpenStream(): Subject {
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
      const openOne = async (number: number): Promise<void> => {
        const sink = await client.makeStreamSink<[number]>();
        await client.call(TAKE, sink);
        await sink.send(number);
        await sink.close();
      };
      return {
        run: async (amount) => {
          const start = performance.now();
          for (let number = 0; number < amount; number++) await openOne(number);
          const sum = await client.call(COUNT, amount);
          return openedOutcome(amount, sum, (performance.now() - start) / 1e3);
        },
      };
    },
  };
}

/** Anything but one message and a clean end is an unhandled rejection and ends the process. */
async function readOne(input: Source<[number]>, ended: EndedStreams): Promise<void> {
  const [number] = (await input.read()) ?? [Number.NaN];
  if ((await input.read()) !== undefined) throw new Error('a stream carried two messages');
  ended.add(number);
}
