import { type Client, type RemoteStream, type Server, type Verb, verb } from '../../lib/index.ts';
import { FaultProxy, type ToxicScript } from './fault-proxy.ts';
import type { ConnectionToxics } from './toxics.ts';
import { WatchedTransport } from './watched-transport.ts';
import {
  memoryPair,
  type Pair,
  type PairOptions,
  withListening,
  withServer,
} from './with-server.ts';

/** Who offers streams to the other. */
export type Side = 'client' | 'server';

/** Both, for tests that are the same either way. */
export const SIDES: readonly Side[] = ['client', 'server'];

const DOWN: Verb<() => unknown> = verb(0x57_0010);
const UP: Verb<(value: unknown) => void> = verb(0x57_0011);

/** Passes values from one side to the other, as the result or an argument of a call that is over then. */
export class Passing {
  readonly #client: Client;
  readonly #arrived: unknown[] = [];
  #next: unknown;

  constructor(server: Server, client: Client) {
    this.#client = client;
    server.handle(DOWN, () => this.#next);
    server.handle(UP, (_context, value) => void this.#arrived.push(value));
  }

  /** What the other side has in place of the value; the test knows its type. */
  async pass<T>(from: Side, value: unknown): Promise<T> {
    if (from === 'server') {
      this.#next = value;
      return (await this.#client.call(DOWN)) as T;
    }
    await this.#client.call(UP, value);
    return this.#arrived.pop() as T;
  }

  /** The same for a stream. */
  stream<T = number>(from: Side, source: AsyncIterable<T>): Promise<RemoteStream<T>> {
    return this.pass(from, source);
  }
}

/** What a test of streams in values gets. */
export interface PassingPair extends Pair {
  readonly passing: Passing;
  /** The client's network and the server's. */
  readonly networks: readonly [WatchedTransport, WatchedTransport];
}

/** Runs a test on real sockets. */
export function withPassing(run: (pair: PassingPair) => Promise<void>): Promise<void>;
export function withPassing(
  options: PairOptions,
  run: (pair: PassingPair) => Promise<void>,
): Promise<void>;
export async function withPassing(
  ...args:
    | [run: (pair: PassingPair) => Promise<void>]
    | [options: PairOptions, run: (pair: PassingPair) => Promise<void>]
): Promise<void> {
  const [options, run] = args.length === 1 ? [{}, args[0]] : args;
  const network = options.both?.network;
  const networks = [new WatchedTransport(network), new WatchedTransport(network)] as const;
  const watched = {
    both: options.both ?? {},
    client: { ...options.client, network: networks[0] },
    server: { ...options.server, network: networks[1] },
  };
  await withServer(watched, async (pair) => {
    await run({ ...pair, networks, passing: new Passing(pair.server, pair.client) });
  });
}

/** Options of {@link withPassing} for a pair in memory, whose clock the test moves. Nobody pings. */
export function inMemory(
  options: PairOptions & { latencyMs?: number; bufferBytes?: number } = {},
): PairOptions & { readonly clock: ReturnType<typeof memoryPair>['clock'] } {
  const { latencyMs, bufferBytes, client, server } = options;
  const { clock, both } = memoryPair({ latencyMs, bufferBytes });
  const limits = { pingIntervalMs: 0, ...options.both?.limits };
  return {
    clock,
    both: { ...both, ...options.both, limits },
    ...(client && { client: { ...client, limits: { ...limits, ...client.limits } } }),
    ...(server && { server: { ...server, limits: { ...limits, ...server.limits } } }),
  };
}

/** What a test of a pair with a proxy between gets. */
export interface ProxiedPair {
  readonly server: Server;
  readonly client: Client;
  readonly passing: Passing;
  readonly proxy: FaultProxy;
}

/** Runs a test through a proxy; connection 0 is the main connection, 1 the first lane. */
export async function withProxied(
  script: ToxicScript,
  run: (pair: ProxiedPair) => Promise<void>,
  options: PairOptions = {},
): Promise<void> {
  await withListening(options, async (server, start) => {
    await using proxy = await FaultProxy.start(server.address.port, script);
    const client = start({ port: proxy.port });
    await client.whenReady();
    await run({ server, client, passing: new Passing(server, client), proxy });
    await client.abort();
  });
}

/** What a test gets that cuts one connection at a time. */
export interface CutPair extends ProxiedPair {
  /** Says what happens to the next connection, and to no other. */
  cutNext(toxics: ConnectionToxics): void;
}

/** Runs a test through a proxy whose connections are cut as the test goes on. */
export async function withCuts(
  options: PairOptions,
  run: (pair: CutPair) => Promise<void>,
): Promise<void> {
  let next: ConnectionToxics | undefined;
  const takeNext = (): ConnectionToxics | undefined => {
    const toxics = next;
    next = undefined;
    return toxics;
  };
  const cutNext = (toxics: ConnectionToxics): void => void (next = toxics);
  await withProxied(takeNext, (pair) => run({ ...pair, cutNext }), options);
}

/** All items, to the end. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** The items up to an error, and the error; fails at an end. */
export async function collectToError<T>(
  items: AsyncIterable<T>,
): Promise<{ items: T[]; error: Error }> {
  const collected: T[] = [];
  try {
    for await (const item of items) collected.push(item);
  } catch (error) {
    return { items: collected, error: error as Error };
  }
  throw new Error(`the stream came to a clean end after ${collected.length} items`);
}

/** A producer of numbers from 0 on that remembers how far it got, and how it ended. */
export class Counter {
  /** How often it was begun. */
  started = 0;
  /** Items that were asked for. */
  pulled = 0;
  /** How often its `finally` has run. */
  released = 0;
  readonly #end: number;

  constructor(end: number = Infinity) {
    this.#end = end;
  }

  async *items(): AsyncGenerator<number, void, undefined> {
    this.started++;
    try {
      for (let number = 0; number < this.#end; number++) {
        this.pulled++;
        yield number;
      }
    } finally {
      this.released++;
    }
  }
}
