import {
  type Client,
  type ClientOptions,
  type CommonOptions,
  createClient,
  listen,
  type Server,
  type ServerOptions,
} from '../../lib/index.ts';
import { ManualClock, MemoryTransport } from '../../lib/testing.ts';
import type { MemoryTransportOptions } from '../../lib/transport/memory/transport.ts';

const HOST = '127.0.0.1';
/** Most tests are about one connection, and end with it. Those of reconnecting ask for it. */
const ONE_CONNECTION = { reconnect: false } as const;

/** What a server and its clients are made with, beside where they meet. */
export interface PairOptions {
  /** For both sides; each side's own options win. */
  readonly both?: Partial<CommonOptions>;
  readonly server?: Partial<ServerOptions>;
  /** For every client. */
  readonly client?: Partial<ClientOptions>;
}

/** What a test gets. */
export interface Pair {
  readonly server: Server;
  /** Connected. */
  readonly client: Client;
  /** Connects another client, which is aborted at the end as well; its options win over the pair's. */
  connect(options?: Partial<ClientOptions>): Promise<Client>;
  /** As `connect`, but returns at once, without waiting for the connection. */
  start(options?: Partial<ClientOptions>): Client;
}

/** Runs a test with a server on a free port of 127.0.0.1 and a connected client; aborts all of them at its end. */
export function withServer(run: (pair: Pair) => Promise<void> | void): Promise<void>;
export function withServer(
  options: PairOptions,
  run: (pair: Pair) => Promise<void> | void,
): Promise<void>;
export function withServer(
  ...args:
    | [run: (pair: Pair) => Promise<void> | void]
    | [options: PairOptions, run: (pair: Pair) => Promise<void> | void]
): Promise<void> {
  const [options, run] = args.length === 1 ? [{}, args[0]] : args;
  return withListening(options, async (server, start) => {
    const connected = async (own?: Partial<ClientOptions>): Promise<Client> => {
      const client = start(own);
      await client.whenReady();
      return client;
    };
    await run({ server, client: await connected(), connect: connected, start });
  });
}

/** As {@link withServer}, without a first client: for tests of connecting itself. */
export async function withListening(
  options: PairOptions,
  run: (server: Server, start: Pair['start']) => Promise<void> | void,
): Promise<void> {
  const server = await listen({ host: HOST, port: 0, ...options.both, ...options.server });
  const clients: Client[] = [];
  const { port } = server.address;
  const start = (own?: Partial<ClientOptions>): Client => {
    const common = { ...ONE_CONNECTION, ...options.both, ...options.client };
    const client = createClient({ host: HOST, port, ...common, ...own });
    clients.push(client);
    return client;
  };
  try {
    await run(server, start);
  } finally {
    await Promise.all([...clients.map((client) => client.abort()), server.abort()]);
  }
}

/** Runs a test with a client that starts to connect to somebody else's server; aborts it at the end. */
export async function withClient(
  options: ClientOptions,
  run: (client: Client) => Promise<void> | void,
): Promise<void> {
  const client = createClient({ host: HOST, ...ONE_CONNECTION, ...options });
  try {
    await run(client);
  } finally {
    await client.abort();
  }
}

/** A memory network and the manual clock that it runs on, as options of {@link withServer}. */
export interface MemoryPair extends PairOptions {
  readonly clock: ManualClock;
  readonly both: { readonly network: MemoryTransport; readonly clock: ManualClock };
}

/**
 * Puts a pair into memory, on a clock that only the test moves:
 * `const memory = memoryPair(); await withServer({ ...memory, server: {…} }, …)`.
 */
export function memoryPair(options: Omit<MemoryTransportOptions, 'clock'> = {}): MemoryPair {
  const clock = new ManualClock();
  return { clock, both: { network: new MemoryTransport({ ...options, clock }), clock } };
}
