import { connect, listen, type Sink, type Source, verb } from '../../lib/index.ts';
import type { Subject } from '../support/workload.ts';
import { HOST, serving } from './serving.ts';

/** More than any run opens. */
const LIMITS = { maxChildren: 100_000 };

const HOLD = verb<(input: Source<[number]>) => number>(1);

/** Open streams that carry nothing. */
export function sluiceIdle(): Subject {
  const sources: Source<[number]>[] = [];
  const sinks: Sink<[number]>[] = [];
  return {
    serve: async () => {
      const server = await listen({ host: HOST, port: 0, limits: LIMITS, maxConnections: 100_000 });
      server.handle(HOLD, (_context, input) => sources.push(input));
      return serving(server);
    },
    connect: async (port) => {
      const client = await connect({ host: HOST, port, limits: LIMITS });
      return {
        run: async (amount) => {
          const start = performance.now();
          for (let i = 0; i < amount; i++) {
            const sink = await client.makeStreamSink<[number]>();
            const held = await client.call(HOLD, sink);
            if (sinks.push(sink) !== held) throw new Error(`the server holds ${held} streams`);
          }
          return { seconds: (performance.now() - start) / 1e3, figures: {} };
        },
      };
    },
  };
}
