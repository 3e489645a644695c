import type { NumberOptions } from '../../base/bounds.ts';
import type { AwayLimits } from './away-sessions.ts';

/** The bounds of the sessions of a server. */
export interface SessionLimits extends AwayLimits {
  /** Milliseconds for which a session is kept without a connection. */
  readonly sessionKeepMs: number;
  /** Bytes of replies that are kept for one client. */
  readonly sessionReplyBytes: number;
}

const A_DAY_MS = 86_400_000;

/** Bounds and defaults of {@link SessionLimits}. */
export const SESSION_LIMITS: NumberOptions<keyof SessionLimits> = Object.freeze({
  sessionKeepMs: { default: 180_000, min: 0, max: A_DAY_MS },
  sessionReplyBytes: { default: 1_048_576, min: 0 },
  maxAwaySessions: { default: 10_000, min: 0 },
  maxAwaySessionBytes: { default: 268_435_456, min: 0 },
  maxAwaySessionsPerClient: { default: 256, min: 0 },
});
