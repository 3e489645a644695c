import { type Client, connect, createClient } from '../../api/client.ts';
import { CLIENT_OPTIONS, type ClientOptions } from '../../api/client-options.ts';
import { listen, type Server } from '../../api/server.ts';
import { SERVER_OPTIONS, type ServerOptions } from '../../api/server-options.ts';
import { FUNCTION, TEXT } from '../../base/option-kinds.ts';
import { checkArgument, optionsOf } from '../../base/public-function.ts';
import type { Clock } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';
import type { MakeCollector } from '../../base/collector.ts';
import type { Transport, TransportSocket } from '../../transport/transport.ts';
import type { Dice } from './dice.ts';
import { NodeCollector } from './node-collector.ts';
import type { NodeLoop } from './node-loop.ts';
import type { NodeStore } from './store.ts';
import type { Trace } from './trace.ts';
import { DURATION, sleepOn } from './world-arguments.ts';

/** The program of a node. It runs at the start of the node and at each restart. */
export type NodeProgram = (running: NodeProcess) => void | Promise<void>;

/** The surroundings of a simulated process, as options of clients and servers. */
export interface NodeSurroundings {
  /** The time of the process. */
  readonly clock: Clock;
  /** Chance from the seed. */
  readonly random: Dice;
  /** The network of the world, in which the process is one node. */
  readonly network: Transport;
  /** Collects a dropped stream when the program says so. */
  readonly collector: MakeCollector;
  /** There is no TLS in a simulated network. */
  readonly insecure: true;
}

/** The parts of a process that come from its world. */
interface ProcessSetup {
  readonly name: string;
  readonly loop: NodeLoop;
  readonly store: NodeStore;
  readonly dice: Dice;
  readonly trace: Trace;
  readonly transportOf: (running: NodeProcess) => Transport;
}

/**
 * A process of a simulated world: what runs on a node between its start and its crash. Its memory is
 * gone then. Its program takes sockets and its disk from here alone. Time and chance it may also ask
 * Node for: `setTimeout`, `Date` and `Math.random` are those of the process.
 */
export class NodeProcess {
  /** The name of its node, which is also its host name. */
  readonly name: string;
  /** @internal */
  readonly loop: NodeLoop;
  /** The node's disk. What it keeps outlives the process. */
  readonly store: NodeStore;
  /** Chance for the program of the process. */
  readonly dice: Dice;
  /** Options that place a client or a server in the world. */
  readonly surroundings: NodeSurroundings;
  readonly #trace: Trace;
  readonly #collector = new NodeCollector();
  readonly #finished = new Deferred();
  #isFinished = false;

  /** @internal */
  constructor({ name, loop, store, dice, trace, transportOf }: ProcessSetup) {
    this.name = name;
    this.loop = loop;
    this.store = store;
    this.dice = dice;
    this.#trace = trace;
    this.surroundings = Object.freeze({
      clock: loop.clock,
      random: dice.fork(),
      network: transportOf(this),
      collector: this.#collector.make,
      insecure: true,
    });
  }

  /** The time of the process. */
  get clock(): Clock {
    return this.loop.clock;
  }

  /** Resolves when the program of the process has returned; never if the process crashes before. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /** @internal Whether the program has returned. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Whether the process has crashed, or its world has ended. */
  get hasEnded(): boolean {
    return this.loop.isDead;
  }

  /** Listens as `listen` does, on this node: `port` is enough. @throws as `listen` does. */
  async listen(options: Partial<ServerOptions> & { readonly port: number }): Promise<Server> {
    const read = optionsOf<Partial<ServerOptions>>('listen', options, SERVER_OPTIONS);
    return listen({ ...read, ...this.surroundings });
  }

  /** A client of this node, as of `createClient`. `host` is the name of the server's node. @throws as that does. */
  createClient(options: ClientOptions): Client {
    const read = optionsOf('createClient', options, CLIENT_OPTIONS);
    return createClient({ ...read, ...this.surroundings });
  }

  /** A connected client of this node. @throws as `connect` does. */
  async connect(options: ClientOptions): Promise<Client> {
    const read = optionsOf('connect', options, CLIENT_OPTIONS);
    return connect({ ...read, ...this.surroundings });
  }

  /**
   * A bare socket, connected to a port of a node: for peers that speak otherwise than the library does.
   *
   * @throws the system's error, for instance with the code ECONNREFUSED.
   */
  dial(host: string, port: number, signal?: AbortSignal): Promise<TransportSocket> {
    const endpoint = { host, port, noDelay: true, keepAliveDelayMs: 0 };
    return this.surroundings.network.dial(endpoint, { signal });
  }

  /**
   * Resolves after so many milliseconds of the process's clock, for 0 or less in its next turn; never if
   * it crashes before.
   *
   * @throws MisuseError for no number.
   */
  sleep(ms: number): Promise<void> {
    return sleepOn(this.clock, ms);
  }

  /**
   * Does something in the process in so many milliseconds, before, between or after all that can happen at
   * that time: the seed says where, and `explore` tries all places. Resolves when it is done; never if
   * the process crashes before.
   *
   * @throws MisuseError for no function or no time, and whatever `action` throws.
   */
  anytime(action: () => void, inMs = 0): Promise<void> {
    checkArgument('anytime', 'action', action, FUNCTION);
    checkArgument('anytime', 'inMs', inMs, DURATION);
    return this.loop.anytime(action, inMs);
  }

  /**
   * Collects a stream that the program has dropped, as the garbage collector would some day. Returns
   * whether it was one that the collector watches.
   */
  collect(dropped: object): boolean {
    this.loop.touch();
    return !this.hasEnded && this.#collector.collect(dropped);
  }

  /** Writes a line into the trace. @throws MisuseError for no string. */
  note(text: string): void {
    checkArgument('note', 'text', text, TEXT);
    if (!this.hasEnded) this.#trace.add({ kind: 'note', node: this.name, text });
  }

  /** @internal Runs the program in the process. Its failure is reported, unless the process has ended. */
  run(program: NodeProgram, onFailure: (error: unknown) => void): void {
    const report = (error: unknown): void => {
      if (!this.hasEnded) onFailure(error);
    };
    const finish = (): void => {
      this.#isFinished = true;
      this.#finished.resolve();
    };
    this.clock.yield(() => void Promise.resolve(this).then(program).then(finish, report));
  }
}
