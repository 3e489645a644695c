import type { Clock } from '../../base/clock.ts';
import { CLOCK, FUNCTION, numberWithin } from '../../base/option-kinds.ts';
import { checkArgument, optionsOf } from '../../base/public-function.ts';
import type { OptionTable } from '../../base/read-options.ts';
import { MisuseError, OptionError } from '../../errors/errors.ts';
import { type MemoryFault, type MemoryFaults, systemError } from './faults.ts';
import { memoryPeer } from './peer.ts';
import { MemoryPipe } from './pipe.ts';
import { MemorySocket } from './socket.ts';
import type {
  DialOptions,
  Endpoint,
  ListenerHandlers,
  Peer,
  Transport,
  TransportListener,
  TransportSocket,
} from '../transport.ts';

/** Options of the network in memory. */
export interface MemoryTransportOptions {
  /** The clock for delays and for turns of the loop. */
  readonly clock: Clock;
  /**
   * Bytes that each direction of a connection holds, besides those that its writer keeps; at least
   * 1.
   *
   * @default 65_536
   */
  readonly bufferBytes?: number | undefined;
  /**
   * Milliseconds that bytes are on their way, in each direction.
   *
   * @default 0: they arrive in the next turn of the loop
   */
  readonly latencyMs?: number | undefined;
  /**
   * The faults of each connection. `index` counts the connections in the order of dialing, from 0.
   *
   * @default nothing
   */
  readonly faults?: ((index: number) => MemoryFaults | undefined) | undefined;
}

const MEMORY_TRANSPORT_OPTIONS: OptionTable<MemoryTransportOptions> = Object.freeze({
  clock: CLOCK,
  bufferBytes: numberWithin({ min: 1, isInfinityAllowed: true }),
  latencyMs: numberWithin({ min: 0, isFractionAllowed: true }),
  faults: FUNCTION,
});

const DEFAULT_BUFFER_BYTES = 65_536;
const FIRST_EPHEMERAL_PORT = 49_152;
const ANY_HOST = '*';
/** Hosts that listen on every address. */
const ANY_HOSTS: ReadonlySet<string> = new Set([ANY_HOST, '0.0.0.0', '::']);

/**
 * A network of its own in memory. It has the order of events, the errors and the bounded buffers of
 * the machine's network, but no byte leaves the process. Its behavior depends on the clock alone,
 * so that a run can be repeated exactly.
 */
export class MemoryTransport implements Transport {
  readonly #options: MemoryTransportOptions;
  readonly #bufferBytes: number;
  readonly #latencyMs: number;
  readonly #listeners = new Map<string, MemoryListener>();
  #nextPort = FIRST_EPHEMERAL_PORT;
  #dialed = 0;

  /** @throws OptionError for options that can't work, MisuseError without a clock. */
  constructor(options: MemoryTransportOptions) {
    const own = optionsOf('MemoryTransport', options, MEMORY_TRANSPORT_OPTIONS);
    checkArgument('MemoryTransport', 'the option clock', own.clock, CLOCK);
    this.#options = own;
    this.#bufferBytes = own.bufferBytes ?? DEFAULT_BUFFER_BYTES;
    this.#latencyMs = own.latencyMs ?? 0;
  }

  async dial(endpoint: Endpoint, { signal }: DialOptions): Promise<TransportSocket> {
    refuseTls(endpoint);
    signal?.throwIfAborted();
    const faults = this.#options.faults?.(this.#dialed++) ?? {};
    await this.#travel(faults.connectDelayMs ?? 0, signal);
    if (faults.connectError !== undefined) throw faults.connectError;
    const name = nameOf(endpoint);
    const listener = this.#listeners.get(name) ?? this.#listeners.get(nameOfAnyHost(endpoint));
    if (listener === undefined) throw systemError('ECONNREFUSED', 'connect', name);
    return this.#connect(listener, faults);
  }

  async listen(endpoint: Endpoint, handlers: ListenerHandlers): Promise<TransportListener> {
    refuseTls(endpoint);
    const port = endpoint.port === 0 ? this.#nextPort++ : endpoint.port;
    const name = nameOf({ ...endpoint, port });
    if (this.#listeners.has(name)) throw systemError('EADDRINUSE', 'listen', name);
    const address = memoryPeer(endpoint.path ?? endpoint.host ?? ANY_HOST, port ?? 0);
    const listener = new MemoryListener(address, handlers, () => this.#listeners.delete(name));
    this.#listeners.set(name, listener);
    return listener;
  }

  /** Connecting takes one turn of the loop, or as long as a fault says. */
  #travel(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve, reject) => {
      const arrive = (): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const timer = delayMs > 0 ? clock.setTimeout(arrive, delayMs) : undefined;
      if (timer === undefined) clock.yield(arrive);
      const onAbort = (): void => {
        timer?.cancel();
        // An abort rejects with the signal's own reason, whatever it is.
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  #connect(listener: MemoryListener, faults: MemoryFaults): TransportSocket {
    const up = this.#pipe(faults.toListener);
    const down = this.#pipe(faults.toDialer);
    const { clock } = this.#options;
    const dialed = new MemorySocket(clock, listener.address, down, up);
    const peer = memoryPeer(listener.address.address, this.#nextPort++);
    const accepted = new MemorySocket(clock, peer, up, down);
    listener.handlers.onSocket(accepted);
    return dialed;
  }

  #pipe(fault: MemoryFault | undefined): MemoryPipe {
    const { clock } = this.#options;
    return new MemoryPipe({
      writerClock: clock,
      readerClock: clock,
      capacityBytes: this.#bufferBytes,
      travelMs: () => this.#latencyMs,
      fault,
    });
  }
}

class MemoryListener implements TransportListener {
  readonly address: Peer;
  readonly handlers: ListenerHandlers;
  readonly #forget: () => void;

  constructor(address: Peer, handlers: ListenerHandlers, forget: () => void) {
    this.address = address;
    this.handlers = handlers;
    this.#forget = forget;
  }

  async close(): Promise<void> {
    this.#forget();
  }

  reloadTls(): void {
    throw new MisuseError('this listener has no TLS', 'connection');
  }
}

/** The name by which an endpoint is found: a path, or host and port. */
function nameOf({ path, host = ANY_HOST, port }: Pick<Endpoint, 'path' | 'host' | 'port'>): string {
  return path ?? `${ANY_HOSTS.has(host) ? ANY_HOST : host}:${port}`;
}

function nameOfAnyHost({ path, port }: Endpoint): string {
  return nameOf({ path, port, host: ANY_HOST });
}

function refuseTls(endpoint: Endpoint): void {
  if (endpoint.tls !== undefined) throw new OptionError('tls', 'there is no TLS in memory');
}
