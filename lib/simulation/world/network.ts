import { MisuseError, OptionError } from '../../errors/errors.ts';
import { systemError } from '../../transport/memory/faults.ts';
import { memoryPeer } from '../../transport/memory/peer.ts';
import type {
  DialOptions,
  Endpoint,
  ListenerHandlers,
  Peer,
  Transport,
  TransportListener,
  TransportSocket,
} from '../../transport/transport.ts';
import { type NetworkNode, WorldConnection } from './connection.ts';
import type { Dice } from './dice.ts';
import { pass } from './passage.ts';
import { travelMs } from './path.ts';
import type { Touches } from './touches.ts';
import type { Trace } from './trace.ts';
import { Ways } from './ways.ts';

/** A server's open port. */
interface Listening {
  readonly node: NetworkNode;
  readonly address: Peer;
  readonly handlers: ListenerHandlers;
}

const OWN_HOSTS: readonly string[] = ['', 'localhost', '127.0.0.1', '::1'];

const FIRST_PORT = 49_152;

/** The network between the nodes of a world. A node's name is its host name. */
export class WorldNetwork {
  /** The ways between nodes. Conditions hold for connections to come. */
  readonly ways: Ways = new Ways();
  readonly #dice: Dice;
  readonly #trace: Trace;
  readonly #isNode: (name: string) => boolean;
  readonly #touches: Touches;
  readonly #thing: number;
  readonly #listening = new Map<string, Listening>();
  readonly #connections = new Set<WorldConnection>();
  #nextPort = FIRST_PORT;
  #dialed = 0;

  /** @param isNode - whether there is a node of that name. */
  constructor(dice: Dice, trace: Trace, touches: Touches, isNode: (name: string) => boolean) {
    this.#dice = dice;
    this.#trace = trace;
    this.#isNode = isNode;
    this.#touches = touches;
    this.#thing = touches.make();
  }

  /** Connections that have not been closed at both ends. */
  get connections(): readonly WorldConnection[] {
    return [...this.#connections];
  }

  /** The source of sockets of one process. A process that has ended gets no answer. */
  transportOf(node: NetworkNode): Transport {
    return {
      dial: (endpoint, options) =>
        node.loop.isDead ? new Promise(() => {}) : this.#dial(node, endpoint, options),
      listen: async (endpoint, handlers) =>
        node.loop.isDead ? new Promise(() => {}) : this.#listen(node, endpoint, handlers),
    };
  }

  /** Nothing passes between the two until `heal`. */
  partition(one: string, other: string): void {
    this.ways.partition(one, other);
    this.#judgeWays();
  }

  /** Ends the partition of the two, or all those of one, or all. */
  heal(one?: string, other?: string): void {
    this.ways.heal(one, other);
    this.#judgeWays();
  }

  /** Resets the connections between the two. Returns how many. */
  cut(one: string, other: string): number {
    this.#touch();
    const joining = this.connections.filter((connection) => connection.joins(one, other));
    for (const connection of joining) connection.cut();
    return joining.length;
  }

  /** A process is gone. Its system ends its connections, unless it is gone as well. */
  crash(node: NetworkNode, isSystemGone: boolean): void {
    for (const [name, listening] of this.#listening) {
      if (listening.node.loop === node.loop) this.#listening.delete(name);
    }
    if (isSystemGone) this.ways.setDark(node.name, true);
    else for (const connection of this.connections) connection.endFor(node);
    this.#judgeWays();
  }

  /** The system of a node runs. If it was gone, it knows nothing of the connections of before. */
  restart(name: string): void {
    this.ways.setDark(name, false);
    this.#judgeWays();
  }

  #judgeWays(): void {
    this.#touches.addAll();
    for (const connection of this.connections) {
      const { dialer, listener } = connection.parts;
      connection.setWayOpen(this.ways.isOpen(dialer.name, listener.name));
    }
  }

  #listen(node: NetworkNode, endpoint: Endpoint, handlers: ListenerHandlers): TransportListener {
    refuseTls(endpoint);
    this.#touch();
    const { port: wanted = 0 } = endpoint;
    const port = wanted === 0 ? this.#nextPort++ : wanted;
    const name = `${node.name}:${port}`;
    if (this.#listening.has(name)) throw systemError('EADDRINUSE', 'listen', name);
    const listening = { node, address: memoryPeer(node.name, port), handlers };
    this.#listening.set(name, listening);
    this.#trace.add({ kind: 'listen', node: node.name, text: String(port) });
    return {
      address: listening.address,
      close: async () => {
        this.#touch();
        if (this.#listening.get(name) === listening) this.#listening.delete(name);
      },
      reloadTls: () => {
        throw new MisuseError('this listener has no TLS', 'connection');
      },
    };
  }

  async #dial(
    node: NetworkNode,
    endpoint: Endpoint,
    { signal }: DialOptions,
  ): Promise<TransportSocket> {
    refuseTls(endpoint);
    const { port = 0 } = endpoint;
    const host = this.#hostOf(endpoint, node);
    const name = `${host}:${port}`;
    this.#touch();
    const number = ++this.#dialed;
    const place = { node: host, peer: node.name, connection: number };
    this.#trace.add({ kind: 'dial', ...place, text: String(port) });
    const conditions = this.ways.pathOf(node.name, host);
    const clock = node.loop.open();
    const passOnce = (): Promise<void> => {
      const ms = travelMs(conditions, this.#dice);
      return pass({ ways: this.ways, from: node.name, to: host, clock, travelMs: ms, signal });
    };
    try {
      await passOnce();
      this.#touch();
      const listening = this.#listening.get(name);
      const isRefused = listening === undefined || this.#dice.chance(conditions.refusals);
      await passOnce();
      this.#touch();
      if (!isRefused) return this.#connect(number, node, listening);
    } finally {
      clock.end();
    }
    this.#trace.add({ kind: 'refused', ...place, text: '' });
    throw systemError('ECONNREFUSED', 'connect', name);
  }

  /** The name of a node. Each node knows itself by the names of its own machine. @throws ENOTFOUND */
  #hostOf({ host = '' }: Endpoint, node: NetworkNode): string {
    if (this.#isNode(host)) return host;
    if (OWN_HOSTS.includes(host)) return node.name;
    throw systemError('ENOTFOUND', 'getaddrinfo', host);
  }

  /** The job that happens now reads or changes the ports, the connections, or the chance of the network. */
  #touch(): void {
    this.#touches.add(this.#thing);
  }

  #connect(number: number, dialer: NetworkNode, listening: Listening): TransportSocket {
    const { node: listener, address, handlers } = listening;
    const conditions = this.ways.pathOf(dialer.name, listener.name);
    const connection = new WorldConnection({
      number,
      dialer,
      listener,
      conditions,
      dice: this.#dice.fork(),
      trace: this.#trace,
      listenerPeer: address,
      dialerPeer: memoryPeer(dialer.name, this.#nextPort++),
      onOver: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    if (listener.loop.isDead) connection.endFor(listener);
    connection.accept(
      () => {
        this.#touch();
        const isListening = this.#listening.get(`${listener.name}:${address.port}`) === listening;
        if (isListening) handlers.onSocket(connection.accepted);
        else connection.accepted.reset();
      },
      this.#dice.below(Math.ceil(conditions.acceptDelayMs) + 1),
    );
    return connection.dialed;
  }
}

function refuseTls({ tls }: Endpoint): void {
  if (tls !== undefined) throw new OptionError('tls', 'there is no TLS in a world');
}
