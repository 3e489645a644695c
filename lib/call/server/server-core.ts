import type { UnderWay } from '../../base/under-way.ts';
import type { StatValues } from '../../diagnostics/stats.ts';
import type { Environment } from '../../settings/environment.ts';
import type { MemoryBudget, ResourceLimits } from '../limits/admission.ts';
import type { CallLimits } from '../limits/call-limits.ts';
import type { Governor } from '../limits/governor.ts';
import type { Authorize } from './authorize.ts';
import type { SessionRules } from '../resume/session-rules.ts';
import type { Handlers } from './handlers.ts';

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
  /** The rules for sessions of clients that can come back. */
  readonly sessionRules: SessionRules;
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
