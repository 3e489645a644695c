/** Imported as `sluice/transport`: sockets, time and chance, for other networks than Node's and for tests. */

export { networkTransport } from './transport/network/transport.ts';
export type {
  DialOptions,
  Endpoint,
  ListenerHandlers,
  Peer,
  SocketHandlers,
  TlsIdentity,
  Transport,
  TransportListener,
  TransportSocket,
} from './transport/transport.ts';
export { type Clock, systemClock, type Timer } from './base/clock.ts';
export type { Collector, MakeCollector } from './base/collector.ts';
export type { Random } from './base/random.ts';
