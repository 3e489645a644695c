import { type Client, connect, createClient } from '../../api/client.ts';
import type { ClientOptions } from '../../api/client-options.ts';
import { listen, type Server } from '../../api/server.ts';
import type { ServerOptions } from '../../api/server-options.ts';
import type { Clock } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';
import type { MakeCollector } from '../../base/collector.ts';
import type { Transport, TransportSocket } from '../../transport/transport.ts';
import type { Dice } from './dice.ts';
import { NodeCollector } from './node-collector.ts';
import type { NodeLoop } from './node-loop.ts';
import type { NodeStore } from './store.ts';
import type { Trace } from './trace.ts';

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
 * gone then. Its program must take time, chance and sockets from here alone.
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

  /** Whether the process has crashed, or its world has ended. */
  get hasEnded(): boolean {
    return this.loop.isDead;
  }

  /** Listens as `listen` does, on this node. */
  listen(options: Partial<ServerOptions> & { readonly port: number }): Promise<Server> {
    return listen({ ...options, ...this.surroundings });
  }

  /** A client of this node. `host` is the name of the server's node. */
  createClient(options: ClientOptions): Client {
    return createClient({ ...options, ...this.surroundings });
  }

  /** A connected client of this node. @throws as `connect` does. */
  connect(options: ClientOptions): Promise<Client> {
    return connect({ ...options, ...this.surroundings });
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

  /** Resolves after so many milliseconds of the process's clock; never if it crashes before. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.setTimeout(resolve, ms));
  }

  /**
   * Does something in the process in so many milliseconds, before, between or after all that can happen at
   * that time: the seed says where, and `explore` tries all places. Resolves when it is done; never if
   * the process crashes before.
   *
   * @throws whatever `action` throws.
   */
  anytime(action: () => void, inMs = 0): Promise<void> {
    return this.loop.anytime(action, inMs);
  }

  /**
   * Collects a stream that the program has dropped, as the garbage collector would some day. Returns
   * whether it was one that the collector watches.
   */
  collect(dropped: object): boolean {
    return !this.hasEnded && this.#collector.collect(dropped);
  }

  /** Writes a line into the trace. */
  note(text: string): void {
    if (!this.hasEnded) this.#trace.add({ kind: 'note', node: this.name, text });
  }

  /** @internal Runs the program in the process. Its failure is reported, unless the process has ended. */
  run(program: NodeProgram, onFailure: (error: unknown) => void): void {
    const report = (error: unknown): void => {
      if (!this.hasEnded) onFailure(error);
    };
    const finish = (): void => this.#finished.resolve();
    this.clock.yield(() => void Promise.resolve(this).then(program).then(finish, report));
  }
}
