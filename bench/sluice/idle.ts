import {
  type Client,
  type ClientOptions,
  connect,
  listen,
  type Server,
  type ServerOptions,
  type Sink,
  type Source,
  verb,
} from '../../lib/index.ts';
import type { Subject } from '../support/workload.ts';
import { HOST, serving } from './serving.ts';

const MAX_STREAMS = 100_000;

/** Room for more streams than any run opens. */
export const CLIENT_ROOM: Pick<ClientOptions, 'limits'> = { limits: { maxChildren: MAX_STREAMS } };
export const SERVER_ROOM: Pick<ServerOptions, 'limits' | 'maxConnections'> = {
  limits: { maxChildren: MAX_STREAMS },
  maxConnections: MAX_STREAMS,
};

const HOLD = verb<(input: Source<[number]>) => number>(20);

/** Open streams that carry nothing. */
export function sluiceIdle(): Subject {
  return {
    serve: async () => {
      const server = await listen({ host: HOST, port: 0, ...SERVER_ROOM });
      holdStreams(server);
      return serving(server);
    },
    connect: async (port) => {
      const streams = new IdleStreams(await connect({ host: HOST, port, ...CLIENT_ROOM }));
      return {
        run: async (amount) => {
          const start = performance.now();
          await streams.open(amount);
          return { seconds: (performance.now() - start) / 1e3, figures: {} };
        },
      };
    },
  };
}

/** Has the server keep {@link IdleStreams}. */
export function holdStreams(server: Server): void {
  const sources: Source<[number]>[] = [];
  server.handle(HOLD, (_context, input) => sources.push(input));
}

/** Streams that are kept: one that nobody holds any more is collected and ended. */
export class IdleStreams {
  readonly #client: Client;
  readonly #sinks: Sink<[number]>[] = [];

  constructor(client: Client) {
    this.#client = client;
  }

  /** Opens so many more. */
  async open(amount: number): Promise<void> {
    for (let i = 0; i < amount; i++) {
      const sink = await this.#client.makeStreamSink<[number]>();
      const held = await this.#client.call(HOLD, sink);
      if (this.#sinks.push(sink) !== held) throw new Error(`the server holds ${held} streams`);
    }
  }

  /** Calls `onEnd` for each that ends from now on. */
  watch(onEnd: () => void): void {
    for (const { ended } of this.#sinks) void ended.then(onEnd, onEnd);
  }

  get length(): number {
    return this.#sinks.length;
  }
}
