import { MisuseError } from '../../errors/errors.ts';
import { systemError } from '../../transport/memory/faults.ts';
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
import { DEFAULT_PATH, type PathConditions, resolvePath, travelMs } from './path.ts';
import type { Trace } from './trace.ts';

/** A server's open port. */
interface Listening {
  readonly node: NetworkNode;
  readonly address: Peer;
  readonly handlers: ListenerHandlers;
}

const FIRST_PORT = 49_152;

/** The network between the nodes of a world. A node's name is its host name. */
export class WorldNetwork {
  readonly #dice: Dice;
  readonly #trace: Trace;
  readonly #paths = new Map<string, PathConditions>();
  readonly #listening = new Map<string, Listening>();
  readonly #connections = new Set<WorldConnection>();
  /** Pairs of nodes that can't reach each other. */
  readonly #partitions = new Set<string>();
  /** Dials that wait until a partition heals. */
  #stranded: (() => void)[] = [];
  #defaultPath = DEFAULT_PATH;
  #nextPort = FIRST_PORT;
  #dialed = 0;

  constructor(dice: Dice, trace: Trace) {
    this.#dice = dice;
    this.#trace = trace;
  }

  /** Connections that have not been closed at both ends. */
  get connections(): readonly WorldConnection[] {
    return [...this.#connections];
  }

  /** The source of sockets of one process. */
  transportOf(node: NetworkNode): Transport {
    return {
      dial: (endpoint, options) => this.#dial(node, endpoint, options),
      listen: async (endpoint, handlers) => this.#listen(node, endpoint, handlers),
    };
  }

  /** Sets the quality of all ways, for connections to come. @throws OptionError */
  setDefaultPath(conditions: Partial<PathConditions>): void {
    this.#defaultPath = resolvePath(conditions);
  }

  /** Sets the quality of the way between two nodes, for connections to come. @throws OptionError */
  setPath(one: string, other: string, conditions: Partial<PathConditions>): void {
    this.#paths.set(pairOf(one, other), resolvePath(conditions, this.#defaultPath));
  }

  /** Nothing passes between the two until `heal`. */
  partition(one: string, other: string): void {
    this.#partitions.add(pairOf(one, other));
    for (const connection of this.#joining(one, other)) connection.setHeldUp(true, 'both');
  }

  /** Ends the partition of the two. */
  heal(one: string, other: string): void {
    this.#partitions.delete(pairOf(one, other));
    for (const connection of this.#joining(one, other)) connection.setHeldUp(false, 'both');
    for (const goOn of this.#stranded.splice(0)) goOn();
  }

  /** Ends all partitions. */
  healAll(): void {
    for (const pair of this.#partitions) {
      const [one = '', other = ''] = pair.split('\n');
      this.heal(one, other);
    }
  }

  /** Resets the connections between the two. Returns how many. */
  cut(one: string, other: string): number {
    const joining = this.#joining(one, other);
    for (const connection of joining) connection.cut();
    return joining.length;
  }

  /** A process is gone. Its system ends its connections, unless it is gone as well. */
  crash(node: NetworkNode, isSystemGone: boolean): void {
    for (const [name, listening] of this.#listening) {
      if (listening.node.loop === node.loop) this.#listening.delete(name);
    }
    for (const connection of this.#connections) {
      if (!connection.isOf(node)) continue;
      if (isSystemGone) connection.setHeldUp(true, 'both');
      else connection.endFor(node);
    }
  }

  /** The system of a node runs again: it knows nothing of the connections of before. */
  resetOld(name: string): void {
    for (const connection of this.#connections) {
      const { dialer, listener } = connection.parts;
      const isOld = [dialer, listener].some((node) => node.name === name && node.loop.isDead);
      if (!isOld) continue;
      connection.setHeldUp(false, 'both');
      connection.cut();
    }
  }

  #joining(one: string, other: string): WorldConnection[] {
    return [...this.#connections].filter((connection) => connection.joins(one, other));
  }

  #listen(node: NetworkNode, endpoint: Endpoint, handlers: ListenerHandlers): TransportListener {
    if (endpoint.tls !== undefined) throw new MisuseError('there is no TLS in a simulated network');
    const port =
      endpoint.port === undefined || endpoint.port === 0 ? this.#nextPort++ : endpoint.port;
    const name = `${node.name}:${port}`;
    if (this.#listening.has(name)) throw systemError('EADDRINUSE', 'listen', name);
    const address = peerOf(node.name, port);
    this.#listening.set(name, { node, address, handlers });
    this.#trace.add({ kind: 'listen', node: node.name, text: String(port) });
    return {
      address,
      close: async () => void this.#listening.delete(name),
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
    if (endpoint.tls !== undefined) throw new MisuseError('there is no TLS in a simulated network');
    const { host = '', port = 0 } = endpoint;
    const number = ++this.#dialed;
    const place = { node: host, peer: node.name, connection: number };
    this.#trace.add({ kind: 'dial', ...place, text: String(port) });
    const conditions = this.#paths.get(pairOf(node.name, host)) ?? this.#defaultPath;
    await this.#pass(node, host, conditions, signal);
    const listening = this.#listening.get(`${host}:${port}`);
    const isRefused = listening === undefined || this.#dice.chance(conditions.refusals);
    await this.#pass(node, host, conditions, signal);
    if (isRefused) {
      this.#trace.add({ kind: 'refused', ...place, text: '' });
      throw systemError('ECONNREFUSED', 'connect', `${host}:${port}`);
    }
    return this.#connect(number, node, listening, conditions);
  }

  #connect(
    number: number,
    dialer: NetworkNode,
    { node: listener, address, handlers }: Listening,
    conditions: PathConditions,
  ): TransportSocket {
    const connection = new WorldConnection({
      number,
      dialer,
      listener,
      conditions,
      dice: this.#dice.fork(),
      trace: this.#trace,
      listenerPeer: address,
      dialerPeer: peerOf(dialer.name, this.#nextPort++),
      onOver: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    if (listener.loop.isDead) connection.endFor(listener);
    else {
      const { acceptDelayMs } = conditions;
      const delayMs = acceptDelayMs === 0 ? 0 : this.#dice.below(Math.ceil(acceptDelayMs) + 1);
      listener.loop.clock.setTimeout(() => handlers.onSocket(connection.accepted), delayMs);
    }
    return connection.dialed;
  }

  /** One packet passes between the two nodes, when no partition is between them. */
  #pass(
    { name, loop }: NetworkNode,
    host: string,
    conditions: PathConditions,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        timer.cancel();
        // An abort rejects with the signal's own reason, whatever it is.
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors
        reject(signal?.reason);
      };
      const arrive = (): void => {
        if (signal?.aborted === true) return onAbort();
        if (this.#partitions.has(pairOf(name, host))) return void this.#stranded.push(arrive);
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const timer = loop.clock.setTimeout(arrive, travelMs(conditions, this.#dice));
      if (signal?.aborted === true) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}

function peerOf(address: string, port: number): Peer {
  return Object.freeze({ address, port, family: 'memory' });
}

function pairOf(one: string, other: string): string {
  return one < other ? `${one}\n${other}` : `${other}\n${one}`;
}
