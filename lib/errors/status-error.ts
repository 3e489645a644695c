/**
 * Errors of the application, as opposed to errors of calls and connections. A method answers with
 * one when it can't do what it was asked for. The names of the statuses are those of gRPC.
 */

import { MisuseError } from './errors.ts';
import { hasField, readField, textOf } from './foreign.ts';
import { setName } from './set-name.ts';

/** The kind of a failure, in words that callers can act on. */
export type Status =
  | 'cancelled'
  | 'unknown'
  | 'invalid-argument'
  | 'deadline-exceeded'
  | 'not-found'
  | 'already-exists'
  | 'permission-denied'
  | 'resource-exhausted'
  | 'failed-precondition'
  | 'aborted'
  | 'out-of-range'
  | 'unimplemented'
  | 'internal'
  | 'unavailable'
  | 'data-loss'
  | 'unauthenticated';

/** The number that gRPC gives each status. */
export const GRPC_CODES: Readonly<Record<Status, number>> = Object.freeze({
  cancelled: 1,
  unknown: 2,
  'invalid-argument': 3,
  'deadline-exceeded': 4,
  'not-found': 5,
  'already-exists': 6,
  'permission-denied': 7,
  'resource-exhausted': 8,
  'failed-precondition': 9,
  aborted: 10,
  'out-of-range': 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  'data-loss': 15,
  unauthenticated: 16,
});

/** The status of HTTP that comes closest to each status. Source: `google/rpc/code.proto`. */
export const HTTP_CODES: Readonly<Record<Status, number>> = Object.freeze({
  cancelled: 499,
  unknown: 500,
  'invalid-argument': 400,
  'deadline-exceeded': 504,
  'not-found': 404,
  'already-exists': 409,
  'permission-denied': 403,
  'resource-exhausted': 429,
  'failed-precondition': 400,
  aborted: 409,
  'out-of-range': 400,
  unimplemented: 501,
  internal: 500,
  unavailable: 503,
  'data-loss': 500,
  unauthenticated: 401,
});

/** The facts of a {@link StatusError} beside its status and message. */
export interface StatusErrorOptions {
  /** A name or a number of your own, for programs. @default none */
  readonly code?: string | number | undefined;
  /**
   * Any value that BSON can encode, bytes included. A value that can't be encoded is left out on
   * the way to the caller.
   *
   * @default none
   */
  readonly details?: unknown;
  /**
   * Whether the same request may succeed if it is simply repeated.
   *
   * @default true for `unavailable` and where there is a `retryAfterMs`
   */
  readonly retryable?: boolean | undefined;
  /** Milliseconds that callers should wait before they try again; from 0 on. @default none */
  readonly retryAfterMs?: number | undefined;
  /** The error or reason that led to this one; callers get it too. @default none */
  readonly cause?: unknown;
}

/**
 * A failure that a method answers with. Where both ends speak our extension, the caller gets it as
 * a StatusError. It says nothing about the connection and is no RpcError.
 *
 * Source: gRPC's status, nats-micro's error codes, Kitex's `BizStatusError`.
 */
export class StatusError extends Error {
  /** The kind of the failure. */
  readonly status: Status;
  /** A code that the method has chosen. */
  readonly code: string | number | undefined;
  /** More facts about the failure. */
  readonly details: unknown;
  /** Whether the same request may succeed if it is simply repeated. */
  readonly retryable: boolean;
  /** Milliseconds to wait before the next try; undefined if the method does not say. */
  readonly retryAfterMs: number | undefined;
  /** Marks these errors across duplicate installs, where `instanceof` fails. */
  readonly isStatusError = true;
  static {
    setName(this, 'StatusError');
  }

  /**
   * @throws MisuseError if there is no such status or option, or an option has the wrong kind.
   */
  constructor(status: Status, message: string, options: StatusErrorOptions = {}) {
    super(message === undefined ? '' : textOf(message), causeOf(options));
    assertOptions(options);
    const { retryAfterMs } = options;
    if (!isStatus(status)) throw new MisuseError(`there is no status "${textOf(status)}"`);
    this.status = status;
    this.code = options.code;
    this.details = options.details;
    this.retryable = options.retryable ?? (status === 'unavailable' || retryAfterMs !== undefined);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The options, with what each takes where it does not take everything. */
const OPTIONS: Readonly<Record<string, (value: unknown) => string | undefined>> = Object.freeze({
  code: (value: unknown) =>
    typeof value === 'string' || typeof value === 'number' ? undefined : 'a string or a number',
  details: () => undefined,
  retryable: (value: unknown) => (typeof value === 'boolean' ? undefined : 'true or false'),
  retryAfterMs: (value: unknown) => (isDelay(value) ? undefined : 'a number from 0 on'),
  cause: () => undefined,
});

function causeOf(options: unknown): ErrorOptions | undefined {
  const cause = readField(options, 'cause');
  return cause === undefined ? undefined : { cause };
}

/** @throws MisuseError unless they are an object with right options. */
function assertOptions(options: unknown): void {
  for (const name of optionNames(options)) {
    const takes = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    if (takes === undefined) throw new MisuseError(`StatusError: there is no option ${name}`);
    const value = readField(options, name);
    const taken = value === undefined ? undefined : takes(value);
    if (taken === undefined) continue;
    throw new MisuseError(`StatusError: ${name} must be ${taken}, not ${textOf(value)}`);
  }
}

function optionNames(options: unknown): string[] {
  try {
    if (typeof options === 'object' && options !== null && !Array.isArray(options)) {
      return Object.keys(options);
    }
  } catch {
    throw new MisuseError('StatusError: options can not be read');
  }
  throw new MisuseError(`StatusError: options must be an object, not ${textOf(options)}`);
}

/** True for any {@link StatusError}, including one from a second copy of this package. */
export function isStatusError(value: unknown): value is StatusError {
  return hasField(value, 'isStatusError');
}

/** @internal Whether there is a status of this name. */
export function isStatus(value: unknown): value is Status {
  return typeof value === 'string' && Object.hasOwn(GRPC_CODES, value);
}

/** @internal Whether the value can be a `retryAfterMs`. */
export function isDelay(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value !== Infinity;
}
