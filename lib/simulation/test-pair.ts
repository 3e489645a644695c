/**
 * Tools for tests of a service: both ends in one process, a network in memory, and time that moves
 * when the test says so. Imported as `sluice/testing`.
 */

import { having, kind, numberWithin, OBJECT } from '../base/option-kinds.ts';
import { checkArgument, optionsOf } from '../base/public-function.ts';
import type { OptionTable } from '../base/read-options.ts';
import { systemClock } from '../base/clock.ts';
import { assertTime, ManualClock } from './manual-clock.ts';
import { type Client, connect } from '../api/client.ts';
import { CLIENT_OPTIONS, type ClientOptions } from '../api/client-options.ts';
import { listen, type Server } from '../api/server.ts';
import type { ServerOptions } from '../api/server-options.ts';
import { MemoryTransport } from '../transport/memory/transport.ts';

const TEST_PAIR_OPTIONS: OptionTable<TestPairOptions> = Object.freeze({
  server: OBJECT,
  client: OBJECT,
  latencyMs: numberWithin({ min: 0, isFractionAllowed: true }),
});

const MANUAL_CLOCK = kind('a ManualClock', (value) => value instanceof ManualClock);
const PROMISE = having('a promise', ['then']);

const PLACE = Object.freeze({ host: '127.0.0.1', port: 1 });

/** Work that needs no time goes on within this many turns of the loop after the work before it. */
const QUIET_TURNS = 10;
/** A test waits for at most this many turns. */
const MAX_TURNS = 100_000;
/** A wait in vain must end: a connection has timers for as long as it exists. */
const MAX_WAIT_MS = 86_400_000;

/** Options of a server and its client in memory. */
export interface TestPairOptions {
  /** The server's options, except those that place it in memory. @default as for `listen` */
  readonly server?: Partial<ServerOptions> | undefined;
  /** Every client's options, except those that place it in memory. @default as for `connect` */
  readonly client?: Partial<ClientOptions> | undefined;
  /** Milliseconds that bytes are on their way, in each direction. @default 0 */
  readonly latencyMs?: number | undefined;
}

/**
 * A server and a client in memory, on one clock. Disposing of the pair aborts both, and all other
 * clients.
 */
export interface TestPair extends AsyncDisposable {
  /** A listening server. The test adds its verbs and services. */
  readonly server: Server;
  /** A connected client. */
  readonly client: Client;
  /**
   * The time of both ends and of the network between them. It stands still until it is advanced.
   */
  readonly clock: ManualClock;
  /** The network between the two. */
  readonly network: MemoryTransport;
  /** Connects another client. Its options override those of the pair. */
  connect(options?: Partial<ClientOptions>): Promise<Client>;
}

/**
 * A server in memory and a client that is connected to it. With latency, connecting takes a round trip
 * of the clock for the negotiation.
 *
 * @throws what `listen` and `connect` throw; nothing stays open then.
 */
export async function createTestPair(options: TestPairOptions = {}): Promise<TestPair> {
  const read = optionsOf('createTestPair', options, TEST_PAIR_OPTIONS);
  const clock = new ManualClock();
  const network = new MemoryTransport({ clock, latencyMs: read.latencyMs });
  const world = { ...PLACE, clock, network };
  const server = await listen({ ...read.server, ...world });
  const clients: Client[] = [];
  const connectOne = async (own: Partial<ClientOptions> = {}): Promise<Client> => {
    const given = optionsOf<Partial<ClientOptions>>('testPair.connect', own, CLIENT_OPTIONS);
    const client = await runUntil(clock, connect({ ...read.client, ...given, ...world }));
    clients.push(client);
    return client;
  };
  const dispose = async (): Promise<void> => {
    await Promise.all([...clients.map((client) => client.abort()), server.abort()]);
  };
  try {
    const client = await connectOne();
    const pair = { server, client, clock, network, connect: connectOne };
    return { ...pair, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/**
 * Resolves when all work is done that needs no time: messages without latency have arrived,
 * promises are settled.
 *
 * @throws Error if the work does not end, for example because a producer never waits.
 */
export async function settle(clock: ManualClock): Promise<void> {
  checkArgument('settle', 'clock', clock, MANUAL_CLOCK);
  for (let quiet = 0, count = 0; quiet < QUIET_TURNS; count++) {
    if (count === MAX_TURNS) throw new Error(`nothing came to rest in ${MAX_TURNS} turns`);
    quiet = clock.pendingTurns === 0 ? quiet + 1 : 0;
    await turn();
  }
}

/**
 * Lets time pass, from timer to timer: the effects of one timer have happened before the next is
 * due, so that every latency and every deadline is met at its instant. `clock.advance` alone moves
 * time at once, as for a process that was blocked.
 *
 * @throws as `settle`, and RangeError for a number below 0 or NaN.
 */
export async function advance(clock: ManualClock, ms: number): Promise<void> {
  checkArgument('advance', 'clock', clock, MANUAL_CLOCK);
  assertTime(ms);
  const endMs = clock.now() + ms;
  await settle(clock);
  for (let next; (next = clock.nextTimerMs) !== undefined && next <= endMs;) {
    clock.advance(Math.max(0, next - clock.now()));
    await settle(clock);
  }
  clock.advance(endMs - clock.now());
}

/**
 * The promise's value, with as much time passing as it needs. `clock` stands at the instant where
 * it settled.
 *
 * @throws the promise's rejection, or Error if it is not settled within a day of the clock.
 */
export async function runUntil<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  checkArgument('runUntil', 'clock', clock, MANUAL_CLOCK);
  checkArgument('runUntil', 'promise', promise, PROMISE);
  let isSettled = false;
  const onSettled = (): void => void (isSettled = true);
  promise.then(onSettled, onSettled);
  const endMs = clock.now() + MAX_WAIT_MS;
  for (;;) {
    await settle(clock);
    if (isSettled) return promise;
    const next = clock.nextTimerMs;
    if (next === undefined || next > endMs) throw new Error('what is waited for does not come');
    clock.advance(Math.max(0, next - clock.now()));
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => systemClock.yield(resolve));
}
