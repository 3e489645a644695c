import { isRpcError, RpcError } from './rpc-error.ts';
import type { ErrorScope, Initiator, RpcErrorFacts } from './rpc-error.ts';
import { setName } from './set-name.ts';

/** The call or stream was canceled, by `cancel` or a signal; `cause` is the signal's reason. */
export class CanceledError extends RpcError {
  override readonly code = 'ERR_CANCELED';
  /** Names of the processes that the cancel came through, its origin first; can be empty. */
  readonly path: readonly string[];
  static {
    setName(this, 'CanceledError');
  }
  /** @internal */
  constructor(
    scope: ErrorScope,
    cause?: unknown,
    initiator: Initiator = 'local',
    path: readonly string[] = [],
  ) {
    super(`the ${scope} was canceled`, { scope, initiator, cause });
    this.path = path;
  }
}

/** The bytes of a blob don't match its digest: they are damaged, or those of another blob. */
export class ChecksumError extends RpcError {
  override readonly code = 'ERR_CHECKSUM';
  static {
    setName(this, 'ChecksumError');
  }
  /** @internal */
  constructor(message: string) {
    super(message, { scope: 'stream', initiator: 'remote', retryable: true });
  }
}

/** The connection is closed, was lost, or was never established; `cause` says why. */
export class ClosedError extends RpcError {
  override readonly code = 'ERR_CLOSED';
  static {
    setName(this, 'ClosedError');
  }
  /** @internal */
  constructor(message: string, initiator: Initiator, cause?: unknown) {
    super(message, { scope: 'connection', initiator, cause, retryable: initiator !== 'local' });
  }
}

/** A compressor is missing, or it refused the bytes that it was given. */
export class CompressionError extends RpcError {
  override readonly code = 'ERR_COMPRESSION';
  static {
    setName(this, 'CompressionError');
  }
  /** @internal */
  constructor(message: string, initiator: Initiator, cause?: unknown) {
    super(message, { scope: 'connection', initiator, cause });
  }
}

/** A message is above a limit of ours: one that we send, or one that the peer has announced. */
export class MessageTooLargeError extends RpcError {
  override readonly code = 'ERR_MESSAGE_TOO_LARGE';
  /** Bytes of the message. */
  readonly actualBytes: number;
  /** Bytes that a message may have. */
  readonly limitBytes: number;
  /** The option that sets the limit. */
  readonly option: string;
  static {
    setName(this, 'MessageTooLargeError');
  }
  /** @internal */
  constructor(
    actualBytes: number,
    limitBytes: number,
    option: string,
    scope: ErrorScope,
    initiator: Initiator,
  ) {
    const size = `a message of ${actualBytes} bytes`;
    super(`${size} is above the limit of ${limitBytes} bytes (${option})`, { scope, initiator });
    this.actualBytes = actualBytes;
    this.limitBytes = limitBytes;
    this.option = option;
  }
}

/** A handler asked for auxiliary data that was never attached. The connection is aborted. */
export class MissingAuxiliaryError extends RpcError {
  override readonly code = 'ERR_MISSING_AUXILIARY';
  static {
    setName(this, 'MissingAuxiliaryError');
  }
  /** @internal */
  constructor(key: string) {
    super(`no auxiliary data was attached under "${key}"`, {
      scope: 'connection',
      initiator: 'local',
    });
  }
}

/** The caller used the API in a way that can't work; the message says what to do instead. */
export class MisuseError extends RpcError {
  override readonly code = 'ERR_MISUSE';
  static {
    setName(this, 'MisuseError');
  }
  /** @internal */
  constructor(message: string, scope: ErrorScope = 'call') {
    super(message, { scope, initiator: 'local' });
  }
}

/** A producer did not await `send` and its messages pile up. */
export class NotAwaitedError extends RpcError {
  override readonly code = 'ERR_NOT_AWAITED';
  static {
    setName(this, 'NotAwaitedError');
  }
  /** @internal */
  constructor(message: string) {
    super(message, { scope: 'stream', initiator: 'local' });
  }
}

/** An option is out of bounds or contradicts another. */
export class OptionError extends RpcError {
  override readonly code = 'ERR_OPTION';
  /** The option's name. */
  readonly option: string;
  static {
    setName(this, 'OptionError');
  }
  /** @internal */
  constructor(option: string, problem: string, cause?: unknown) {
    super(`option ${option}: ${problem}`, { scope: 'connection', initiator: 'local', cause });
    this.option = option;
  }
}

/** The peer sent something that the protocol does not allow. */
export class ProtocolError extends RpcError {
  override readonly code = 'ERR_PROTOCOL';
  static {
    setName(this, 'ProtocolError');
  }
  /** @internal */
  constructor(message: string, scope: ErrorScope = 'connection', cause?: unknown) {
    super(message, { scope, initiator: 'remote', cause });
  }
}

/** The facts of a refusal; that of a connection may say when there is room again. */
type RefusalFacts = Omit<RpcErrorFacts, 'scope'> &
  Partial<Pick<RpcError, 'scope'>> & { readonly retryAfterMs?: number | undefined };

/** The request was refused before anything was done: not allowed, or there is no room for it. */
export class RefusedError extends RpcError {
  override readonly code = 'ERR_REFUSED';
  /** For a connection: milliseconds until the server may have room, if it has said so. */
  declare readonly retryAfterMs?: number;
  static {
    setName(this, 'RefusedError');
  }
  /** @internal */
  constructor(message: string, facts: RefusalFacts) {
    super(message, { scope: 'call', ...facts });
    if (facts.retryAfterMs !== undefined) this.retryAfterMs = facts.retryAfterMs;
  }
}

/** The peer's handler failed; the message is its text. Seastar calls it `remote_verb_error`. */
export class RemoteError extends RpcError {
  override readonly code = 'ERR_REMOTE';
  static {
    setName(this, 'RemoteError');
  }
  /** @internal */
  constructor(message: string) {
    super(message, { scope: 'call', initiator: 'remote' });
  }
}

/** A value does not fit its serializer, or bytes can't be decoded; `path` says where. */
export class SerializationError extends RpcError {
  override readonly code = 'ERR_SERIALIZATION';
  /** The place in the value, for example `[0].user.name`; empty for the whole value. */
  readonly path: string;
  static {
    setName(this, 'SerializationError');
  }
  /** @internal */
  constructor(problem: string, options: { path?: string; initiator: Initiator; cause?: unknown }) {
    const path = options.path ?? '';
    super(path === '' ? problem : `${path}: ${problem}`, {
      scope: 'call',
      initiator: options.initiator,
      cause: options.cause,
    });
    this.path = path;
  }
}

/** The stream that is sent to, or read from, has ended. `cause` holds the first reason. */
export class StreamClosedError extends RpcError {
  override readonly code = 'ERR_STREAM_CLOSED';
  static {
    setName(this, 'StreamClosedError');
  }
  /** @internal */
  constructor(message: string, initiator: Initiator, cause?: unknown) {
    const retryable = isRpcError(cause) && cause.retryable;
    super(message, { scope: 'stream', initiator, cause, retryable });
  }
}

/** A stream is named that the connection does not have, or that was taken; or its session is lost. */
export class StreamNotFoundError extends RpcError {
  override readonly code = 'ERR_STREAM_NOT_FOUND';
  static {
    setName(this, 'StreamNotFoundError');
  }
  /** @internal */
  constructor(text: string, initiator: Initiator, cause?: unknown, scope: ErrorScope = 'call') {
    super(text, { scope, initiator, cause });
  }
}

/** A time limit passed; `limitMs` is the limit. */
export class TimeoutError extends RpcError {
  override readonly code = 'ERR_TIMEOUT';
  /** The limit in milliseconds, as given; below 0 if it had passed before the call was made. */
  readonly limitMs: number;
  static {
    setName(this, 'TimeoutError');
  }
  /** @internal */
  constructor(what: string, limitMs: number, scope: ErrorScope) {
    // The same request with the same limit would be over as soon.
    const retryable = limitMs >= 0;
    super(`${what} took longer than ${limitMs} ms`, { scope, initiator: 'local', retryable });
    this.limitMs = limitMs;
  }
}

/** The peer's reply is an exception of a type that we don't know. */
export class UnknownExceptionError extends RpcError {
  override readonly code = 'ERR_UNKNOWN_EXCEPTION';
  /** The type's number on the wire. */
  readonly exceptionType: number;
  static {
    setName(this, 'UnknownExceptionError');
  }
  /** @internal */
  constructor(exceptionType: number) {
    super(`the peer replied with an exception of unknown type ${exceptionType}`, {
      scope: 'call',
      initiator: 'remote',
    });
    this.exceptionType = exceptionType;
  }
}

/** The peer has no handler for the verb. */
export class UnknownVerbError extends RpcError {
  override readonly code = 'ERR_UNKNOWN_VERB';
  /** The number of the verb. */
  readonly verb: bigint;
  /** As the status of a `StatusError`, for callers of methods that go by it. */
  readonly status = 'unimplemented';
  static {
    setName(this, 'UnknownVerbError');
  }
  /** @internal @param missing - the thing that the peer has not. */
  constructor(verb: bigint, missing: string = `handler for verb ${verb}`) {
    super(`the peer has no ${missing}`, { scope: 'call', initiator: 'remote' });
    this.verb = verb;
  }
}

/** The peer does not speak the needed version of our extension. A plain Seastar speaks none. */
export class UnsupportedError extends RpcError {
  override readonly code = 'ERR_UNSUPPORTED';
  static {
    setName(this, 'UnsupportedError');
  }
  /** @internal */
  constructor(what: string, version: number = 2) {
    super(`${what} needs version ${version} of our extension, which the peer does not speak`, {
      scope: 'connection',
      initiator: 'remote',
    });
  }
}
