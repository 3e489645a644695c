import type { NumberOptions } from '../../base/bounds.ts';
import type { AwayBounds } from './away-sessions.ts';

/** The bounds of the sessions of a server. */
export interface SessionRules extends AwayBounds {
  /** Milliseconds for which a session is kept without a connection. */
  readonly sessionKeepMs: number;
  /** Bytes of replies that are kept for one client. */
  readonly sessionReplyBytes: number;
}

const A_DAY_MS = 86_400_000;

/** Bounds and defaults of {@link SessionRules}. */
export const SESSION_RULES: NumberOptions<keyof SessionRules> = Object.freeze({
  sessionKeepMs: { default: 180_000, min: 0, max: A_DAY_MS },
  sessionReplyBytes: { default: 1_048_576, min: 0 },
  maxAwaySessions: { default: 10_000, min: 0 },
  maxAwaySessionBytes: { default: 268_435_456, min: 0 },
  maxAwaySessionsPerClient: { default: 256, min: 0 },
});
