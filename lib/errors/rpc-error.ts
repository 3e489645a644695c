import { hasField } from './foreign.ts';

/**
 * How far the damage reaches. The scope alone tells a caller what to do: repeat the call, open the
 * stream again, or reconnect.
 */
export type ErrorScope = 'call' | 'stream' | 'connection';

/** The side that caused the error: our own program, the peer, or the network in between. */
export type Initiator = 'local' | 'remote' | 'transport';

/** Every code that this library raises. Codes are API: a new one comes with a minor release. */
export type RpcErrorCode =
  | 'ERR_CANCELED'
  | 'ERR_CHECKSUM'
  | 'ERR_CLOSED'
  | 'ERR_COMPRESSION'
  | 'ERR_MESSAGE_TOO_LARGE'
  | 'ERR_MISSING_AUXILIARY'
  | 'ERR_MISUSE'
  | 'ERR_NOT_AWAITED'
  | 'ERR_OPTION'
  | 'ERR_PROTOCOL'
  | 'ERR_REFUSED'
  | 'ERR_REMOTE'
  | 'ERR_SERIALIZATION'
  | 'ERR_STREAM_CLOSED'
  | 'ERR_STREAM_NOT_FOUND'
  | 'ERR_TIMEOUT'
  | 'ERR_TLS'
  | 'ERR_UNAUTHENTICATED'
  | 'ERR_UNKNOWN_EXCEPTION'
  | 'ERR_UNKNOWN_VERB'
  | 'ERR_UNSUPPORTED'
  | 'ERR_VALIDATION';

/**
 * The facts that every error carries beside its message. An error is not retryable unless its facts
 * say so.
 */
export type RpcErrorFacts = Pick<RpcError, 'scope' | 'initiator'> &
  Partial<Pick<RpcError, 'retryable' | 'cause'>>;

/** Root of all errors raised here. Test with {@link isRpcError}, branch on `code` or `scope`. */
export abstract class RpcError extends Error {
  /** The kind of error; stable across releases. */
  abstract readonly code: RpcErrorCode;
  /** How far the damage reaches. */
  readonly scope: ErrorScope;
  /** The side that caused the error. */
  readonly initiator: Initiator;
  /** Whether the same request may succeed if it is simply repeated. */
  readonly retryable: boolean;
  /**
   * For an error of a call: the name of the method or verb that was called, for example
   * `shop/price`, or `verb 9` for a verb without a name.
   */
  declare readonly method?: string;
  /** For an error of a call: the address of the server, for example `127.0.0.1:9000`. */
  declare readonly peer?: string;
  /**
   * For a call that failed because its connection was closed or lost: whether the server may have
   * carried it out. False if it surely has not, as the call was never sent.
   */
  declare readonly mayHaveRun?: boolean;
  /** Marks our errors across duplicate installs, where `instanceof` fails. */
  readonly isRpcError = true;

  /** @internal */
  constructor(message: string, facts: RpcErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.scope = facts.scope;
    this.initiator = facts.initiator;
    this.retryable = facts.retryable ?? false;
  }
}

/** True for any {@link RpcError}, including one from a second copy of this package. */
export function isRpcError(value: unknown): value is RpcError {
  return hasField(value, 'isRpcError');
}
