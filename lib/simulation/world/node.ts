import { type Client, connect, createClient } from '../../api/client.ts';
import type { ClientOptions } from '../../api/client-options.ts';
import { listen, type Server } from '../../api/server.ts';
import type { ServerOptions } from '../../api/server-options.ts';
import type { Clock } from '../../base/clock.ts';
import type { MakeCollector } from '../../base/collector.ts';
import type { Transport } from '../../transport/transport.ts';
import type { Dice } from './dice.ts';
import { NodeCollector } from './node-collector.ts';
import type { NodeLoop } from './node-clock.ts';
import type { NodeStore } from './store.ts';
import type { Trace } from './trace.ts';

/** The surroundings of a simulated process, as options of clients and servers. */
export interface NodeSurroundings {
  readonly clock: Clock;
  readonly random: Dice;
  readonly network: Transport;
  readonly collector: MakeCollector;
  /** There is no TLS in a simulated network. */
  readonly insecure: true;
}

/** The parts of a process that come from its world. */
interface ProcessParts {
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
  readonly name: string;
  /** The process's loop. */
  readonly loop: NodeLoop;
  /** The node's disk, which outlives the process. */
  readonly store: NodeStore;
  /** Chance for the program of the process. */
  readonly dice: Dice;
  /** Options that place a client or a server in the world. */
  readonly surroundings: NodeSurroundings;
  readonly #trace: Trace;
  readonly #collector = new NodeCollector();

  /** @internal */
  constructor({ name, loop, store, dice, trace, transportOf }: ProcessParts) {
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

  /** Resolves after so many milliseconds of the process's clock; never if it crashes before. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.setTimeout(resolve, ms));
  }

  /** Collects a stream that the program has dropped, as the garbage collector would some day. */
  collect(dropped: object): boolean {
    return this.#collector.collect(dropped);
  }

  /** Writes a line into the trace. */
  note(text: string): void {
    this.#trace.add({ kind: 'note', node: this.name, text });
  }
}
