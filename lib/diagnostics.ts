/** Imported as `sluice/diagnostics`: logs, counts and the events of diagnostics channels. */

export { MetricsRegistry, type StatValues } from './diagnostics/stats.ts';
export type { Logger } from './diagnostics/logger.ts';
export type { CallEvent, StreamEvent } from './diagnostics/channels.ts';
export type { ConnectionEvent } from './diagnostics/connection-channels.ts';
export type { HandshakeEvent } from './diagnostics/handshake-channels.ts';
export type { StreamFigures, StreamWait, WaitedMs } from './diagnostics/stream-figures.ts';
export type {
  ConnectionSnapshot,
  SessionSnapshot,
  Snapshot,
  StreamSnapshot,
} from './diagnostics/snapshot.ts';
