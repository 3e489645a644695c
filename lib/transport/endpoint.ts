import { isIP } from 'node:net';
import type { ConnectionOptions as TlsDialOptions, TlsOptions as TlsListenOptions } from 'node:tls';

import { type Bounds, checkBounds } from '../base/bounds.ts';
import { ANY, FLAG, kind, TEXT, unavailable } from '../base/option-kinds.ts';
import type { OptionTable } from '../base/read-options.ts';
import { shownValue } from '../base/shown-value.ts';
import { OptionError } from '../errors/errors.ts';
import { isLoopback } from './loopback.ts';
import { resolveSocketPath } from './socket-path.ts';
import { resolveTls } from './tls-options.ts';
import type { Endpoint, Peer } from './transport.ts';

/**
 * The address to connect to or to listen on, and options of its sockets. Names are Node's where
 * Node has one.
 */
export interface ConnectionOptions {
  /**
   * Host name or IP address. When listening, the address to bind.
   *
   * @default 'localhost' when dialing, every address of the machine when listening
   */
  readonly host?: string | undefined;
  /**
   * TCP port: 1 to 65,535. When listening, 0 lets the system choose. Excludes `path`. @default
   * none: there must be a `port` or a `path`
   */
  readonly port?: number | undefined;
  /**
   * Path of a unix socket, made absolute at once. Excludes `host` and `port`. At most 107 bytes on
   * Linux, 103 elsewhere. @default none
   */
  readonly path?: string | undefined;
  /**
   * Node's options of `tls.connect` or `tls.createServer`. When dialing, true means all of their
   * defaults. Required unless the other end is on this machine (a unix socket, or a loopback host)
   * or `insecure` is set. `minVersion` is at least TLSv1.2, `ALPNProtocols` is `['sluice/1']`
   * unless given, `servername` is the host.
   *
   * @default none: plain text
   */
  readonly tls?: true | TlsDialOptions | TlsListenOptions | undefined;
  /**
   * Allows plain text over a network. Anybody on the path can then read and change everything.
   *
   * @default false
   */
  readonly insecure?: boolean | undefined;
  /**
   * Local IP address to dial from. Only for dialing over TCP.
   *
   * @default chosen by the system
   */
  readonly localAddress?: string | undefined;
  /**
   * The kind of addresses of the host to use: 4, 6, or 0 for both. Only for TCP.
   *
   * @default 0
   */
  readonly family?: 0 | 4 | 6 | undefined;
  /**
   * Sends small packets at once (TCP_NODELAY).
   *
   * @default true
   */
  readonly noDelay?: boolean | undefined;
  /**
   * Idle milliseconds until the first TCP keepalive probe: 1,000 to 32,767,000 in steps of a second,
   * or 0 for no keepalive. Node then probes every second and gives up after ten, which fails the
   * connection with ETIMEDOUT; neither figure can be set.
   *
   * @default 10_000
   */
  readonly keepAliveDelayMs?: number | undefined;
  /**
   * Connections that may wait to be accepted: 1 to 65,535; the system may cap it. Only for listening.
   *
   * @default 4_096
   */
  readonly backlog?: number | undefined;
  /**
   * Binds an address even if connections of its former owner still exist (SO_REUSEADDR). Node
   * always does so; `false` is refused.
   *
   * @default true
   */
  readonly reuseAddress?: boolean | undefined;
  /**
   * The protocol below TLS. Seastar also runs over SCTP. Node does not: `'sctp'` is refused.
   *
   * @default 'tcp', or a unix socket when `path` is given
   */
  readonly transport?: 'tcp' | undefined;
}

/** Defaults that both roles share. */
const DEFAULTS = Object.freeze({
  noDelay: true,
  keepAliveDelayMs: 10_000,
  backlog: 4_096,
});

/** Options that Seastar or a kernel has under these names, and Node has not. */
const UNAVAILABLE = Object.freeze({
  keepAlive: unavailable(
    'give keepAliveDelayMs; Node can set neither the interval nor the count of probes',
  ),
  keepAliveIntervalMs: unavailable('Node cannot set the interval of TCP keepalive probes'),
  keepAliveCount: unavailable('Node cannot set the count of TCP keepalive probes'),
  tcpUserTimeoutMs: unavailable('Node cannot set TCP_USER_TIMEOUT'),
});

/** The kinds of {@link ConnectionOptions}. Numbers are judged by {@link resolveEndpoint}. */
export const CONNECTION_OPTIONS: OptionTable<ConnectionOptions> = Object.freeze({
  ...UNAVAILABLE,
  host: TEXT,
  port: ANY,
  path: TEXT,
  tls: kind(
    "true or an object of Node's TLS options",
    (value) => value === true || (typeof value === 'object' && value !== null),
  ),
  insecure: FLAG,
  localAddress: TEXT,
  family: ANY,
  noDelay: FLAG,
  keepAliveDelayMs: ANY,
  backlog: ANY,
  reuseAddress: FLAG,
  transport: TEXT,
});

const MAX_PORT = 65_535;
const MAX_BACKLOG = 65_535;
/** Node counts keepalive in whole seconds. The kernel holds at most 32,767 of them. */
const KEEPALIVE_MS: Bounds = { min: 1_000, max: 32_767_000 };

/**
 * Checks the options of one end and fills in the defaults.
 *
 * @throws OptionError naming the first option that is out of bounds, contradicts another, or needs
 * a feature that Node does not have.
 */
export function resolveEndpoint(options: ConnectionOptions, role: 'dial' | 'listen'): Endpoint {
  const isListening = role === 'listen';
  refuseUnavailable(options);
  checkPlace(options, isListening ? 0 : 1);
  checkNumbers(options);
  const tls = options.tls === undefined ? undefined : resolveTls(options.tls, options.host, role);
  checkSecrecy(options, isListening);
  return Object.freeze({
    host: options.path === undefined && !isListening ? (options.host ?? 'localhost') : options.host,
    port: options.port,
    path: options.path === undefined ? undefined : resolveSocketPath(options.path),
    tls,
    localAddress: options.localAddress,
    family: options.family,
    noDelay: options.noDelay ?? DEFAULTS.noDelay,
    keepAliveDelayMs: options.keepAliveDelayMs ?? DEFAULTS.keepAliveDelayMs,
    backlog: isListening ? (options.backlog ?? DEFAULTS.backlog) : undefined,
  });
}

/**
 * The endpoint of another connection to the same peer: at the address at which the first one has
 * reached it, so that the name is not looked up again.
 */
export function endpointAt(endpoint: Endpoint, { address, family }: Peer): Endpoint {
  const { host } = endpoint;
  if (host === undefined || isIP(host) !== 0 || isIP(address) === 0) return endpoint;
  if (family !== 'IPv4' && family !== 'IPv6') return endpoint;
  return Object.freeze({ ...endpoint, reached: { host, address } });
}

function refuseUnavailable(options: ConnectionOptions): void {
  // A plain string here: the type allows only 'tcp', but a caller without types may pass anything.
  const transport: string = options.transport ?? 'tcp';
  if (transport === 'sctp' || options.host?.startsWith('sctp:') === true) {
    throw new OptionError('transport', 'Node has no SCTP; use TCP');
  }
  if (transport !== 'tcp') throw new OptionError('transport', `must be 'tcp', not '${transport}'`);
  if (options.reuseAddress === false) {
    throw new OptionError('reuseAddress', 'Node always sets SO_REUSEADDR');
  }
}

function checkPlace(options: ConnectionOptions, minPort: number): void {
  const { host, port, path } = options;
  if (path !== undefined) {
    if (path === '') throw new OptionError('path', 'must not be empty');
    // An abstract socket's name begins with one.
    if (path.slice(1).includes('\0')) throw new OptionError('path', 'must not contain U+0000');
    if (host !== undefined || port !== undefined) {
      throw new OptionError('path', 'excludes host and port');
    }
    return;
  }
  if (host !== undefined) checkHost(host);
  if (port === undefined) throw new OptionError('port', 'a port or a path is required');
  checkBounds('port', port, { min: minPort, max: MAX_PORT });
}

/** A name or an address by itself; an IPv6 address alone has colons. */
function checkHost(host: string): void {
  if (host === '') throw new OptionError('host', 'must not be empty');
  if (!/[:/[\]\s\0]/.test(host) || isIP(host) !== 0) return;
  const shown = shownValue(host);
  throw new OptionError('host', `must be a name or an IP address without a port, not ${shown}`);
}

function checkNumbers({ keepAliveDelayMs, backlog, family }: ConnectionOptions): void {
  if (keepAliveDelayMs !== undefined && keepAliveDelayMs !== 0) {
    checkBounds('keepAliveDelayMs', keepAliveDelayMs, KEEPALIVE_MS);
  }
  if (backlog !== undefined) checkBounds('backlog', backlog, { min: 1, max: MAX_BACKLOG });
  if (family !== undefined && ![0, 4, 6].includes(family)) {
    throw new OptionError('family', `must be 0, 4 or 6, not ${shownValue(family)}`);
  }
}

function checkSecrecy(
  { host, path, tls, insecure }: ConnectionOptions,
  isListening: boolean,
): void {
  if (tls !== undefined) {
    if (insecure === true) throw new OptionError('insecure', 'contradicts tls');
    return;
  }
  if (insecure === true || path !== undefined) return;
  const reached = host ?? (isListening ? 'every address' : 'localhost');
  if (isLoopback(reached)) return;
  throw new OptionError('tls', `required for ${reached}; set insecure to go without`);
}
