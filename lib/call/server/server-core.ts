import type { UnderWay } from '../../base/under-way.ts';
import type { StatValues } from '../../diagnostics/stats.ts';
import type { Environment } from '../../settings/environment.ts';
import type { MemoryBudget, ResourceLimits } from '../limits/admission.ts';
import type { CallLimits } from '../limits/call-limits.ts';
import type { Governor } from '../limits/governor.ts';
import type { Authorize } from './authorize.ts';
import type { SessionLimits } from '../resume/session-limits.ts';
import type { Handlers } from './handlers.ts';
import type { ServerSession } from './server-session.ts';

/** Keeps the sessions of a server that can outlive their connections. */
export interface SessionKeeper {
  readonly limits: SessionLimits;
  /** A new session that its client may go on with later. */
  add(session: ServerSession): void;
  /** The session with this id, unless it is over. */
  find(id: Uint8Array): ServerSession | undefined;
  /** The sessions without a connection, the oldest first. */
  away(): ServerSession[];
  /** Keeps no session any more. Those that are away are over for this reason. */
  close(cause: unknown): void;
  /** Whether a session that loses its connection now is kept. */
  readonly isOpen: boolean;
  /** A session has lost its connection. */
  onAway(session: ServerSession): void;
  /** A session that is away has more or less to lose than before. */
  onChanged(session: ServerSession): void;
  /** The client has come back. */
  onBack(session: ServerSession): void;
  /** A session is over. */
  onOver(session: ServerSession): void;
}

/** The things that all main connections of a server share. */
export interface ServerCore {
  readonly environment: Environment;
  readonly handlers: Handlers;
  readonly memory: MemoryBudget;
  readonly resources: ResourceLimits;
  readonly stats: StatValues;
  /** Counts the calls of all connections, if they are limited. */
  readonly governor: Governor | undefined;
  /** The limits of calls for each connection. */
  readonly connectionCalls: CallLimits | undefined;
  /** Keeps the sessions of clients that can come back. */
  readonly sessions: SessionKeeper;
  readonly authorize: Authorize | undefined;
  /**
   * Streams of one connection that its peer may break off in a second, on the average of ten
   * seconds.
   */
  readonly brokenStreamsPerSecond: number;
  /** Makes the text that a caller gets for an error of a handler. */
  readonly errorText: (error: unknown) => string | Promise<string>;
  /**
   * Replaces errors of services' methods on their way to callers; undefined sends them unchanged.
   */
  readonly errorFilter: ((error: unknown) => unknown) | undefined;
  /** Counts background work of handlers. It may outlive its connection. */
  readonly background: UnderWay;
}
