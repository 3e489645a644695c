import { type ErrorScope, type Initiator, RpcError, type RpcErrorFacts } from './rpc-error.ts';

/** The caller's signal fired, or it canceled; `cause` is the signal's reason. */
export class CanceledError extends RpcError {
  override readonly code = 'ERR_CANCELED';
  /** Who canceled, then who passed it on, by the `name` options of the processes; empty without any. */
  readonly path: readonly string[];
  static {
    this.prototype.name = 'CanceledError';
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

/** A blob is not what its digest says: it was damaged, or it is another one. */
export class ChecksumError extends RpcError {
  override readonly code = 'ERR_CHECKSUM';
  static {
    this.prototype.name = 'ChecksumError';
  }
  /** @internal */
  constructor(message: string) {
    super(message, { scope: 'stream', initiator: 'remote', retryable: true });
  }
}

/** The connection is closed, was lost, or never came to be; `cause` says why. */
export class ClosedError extends RpcError {
  override readonly code = 'ERR_CLOSED';
  static {
    this.prototype.name = 'ClosedError';
  }
  /** @internal */
  constructor(message: string, initiator: Initiator, cause?: unknown) {
    super(message, { scope: 'connection', initiator, cause, retryable: initiator !== 'local' });
  }
}

/** A compressor is missing, or refused the bytes it was given. */
export class CompressionError extends RpcError {
  override readonly code = 'ERR_COMPRESSION';
  static {
    this.prototype.name = 'CompressionError';
  }
  /** @internal */
  constructor(message: string, initiator: Initiator, cause?: unknown) {
    super(message, { scope: 'connection', initiator, cause });
  }
}

/** A message is above a limit: ours when sending, ours again when the peer announced it. */
export class MessageTooLargeError extends RpcError {
  override readonly code = 'ERR_MESSAGE_TOO_LARGE';
  /** What the message takes. */
  readonly actualBytes: number;
  /** What it may take. */
  readonly limitBytes: number;
  /** The option that sets the limit. */
  readonly option: string;
  static {
    this.prototype.name = 'MessageTooLargeError';
  }
  /** @internal */
  constructor(
    actualBytes: number,
    limitBytes: number,
    option: string,
    scope: ErrorScope,
    initiator: Initiator,
  ) {
    super(
      `a message of ${actualBytes} bytes is above the limit of ${limitBytes} bytes (${option})`,
      {
        scope,
        initiator,
      },
    );
    this.actualBytes = actualBytes;
    this.limitBytes = limitBytes;
    this.option = option;
  }
}

/** A handler asked for auxiliary data that was never attached. The connection is aborted. */
export class MissingAuxiliaryError extends RpcError {
  override readonly code = 'ERR_MISSING_AUXILIARY';
  static {
    this.prototype.name = 'MissingAuxiliaryError';
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
    this.prototype.name = 'MisuseError';
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
    this.prototype.name = 'NotAwaitedError';
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
    this.prototype.name = 'OptionError';
  }
  /** @internal */
  constructor(option: string, problem: string) {
    super(`option ${option}: ${problem}`, { scope: 'connection', initiator: 'local' });
    this.option = option;
  }
}

/** The peer sent what the protocol does not allow. */
export class ProtocolError extends RpcError {
  override readonly code = 'ERR_PROTOCOL';
  static {
    this.prototype.name = 'ProtocolError';
  }
  /** @internal */
  constructor(message: string, scope: ErrorScope = 'connection', cause?: unknown) {
    super(message, { scope, initiator: 'remote', cause });
  }
}

/** The request was refused before anything was done: not allowed, or no room for it. */
export class RefusedError extends RpcError {
  override readonly code = 'ERR_REFUSED';
  static {
    this.prototype.name = 'RefusedError';
  }
  /** @internal */
  constructor(message: string, facts: Omit<RpcErrorFacts, 'scope'> & { scope?: ErrorScope }) {
    super(message, { scope: 'call', ...facts });
  }
}

/** The peer's handler failed; the message is its text. Seastar calls it `remote_verb_error`. */
export class RemoteError extends RpcError {
  override readonly code = 'ERR_REMOTE';
  static {
    this.prototype.name = 'RemoteError';
  }
  /** @internal */
  constructor(message: string) {
    super(message, { scope: 'call', initiator: 'remote' });
  }
}

/** A value does not fit its serializer, or bytes do not decode; `path` says where. */
export class SerializationError extends RpcError {
  override readonly code = 'ERR_SERIALIZATION';
  /** Where in the value, for example `[0].user.name`; empty for the whole. */
  readonly path: string;
  static {
    this.prototype.name = 'SerializationError';
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

/** Sending to, or reading from, a stream that has ended. `cause` holds the first reason. */
export class StreamClosedError extends RpcError {
  override readonly code = 'ERR_STREAM_CLOSED';
  static {
    this.prototype.name = 'StreamClosedError';
  }
  /** @internal */
  constructor(message: string, initiator: Initiator, cause?: unknown) {
    super(message, { scope: 'stream', initiator, cause });
  }
}

/** A value names a stream that this connection does not have, or that was taken already. */
export class StreamNotFoundError extends RpcError {
  override readonly code = 'ERR_STREAM_NOT_FOUND';
  static {
    this.prototype.name = 'StreamNotFoundError';
  }
  /** @internal */
  constructor(message: string, initiator: Initiator) {
    super(message, { scope: 'call', initiator });
  }
}

/** A time limit passed; `limitMs` is the limit. */
export class TimeoutError extends RpcError {
  override readonly code = 'ERR_TIMEOUT';
  /** The limit in milliseconds, as it was given; below 0 where the time was over before the call was made. */
  readonly limitMs: number;
  static {
    this.prototype.name = 'TimeoutError';
  }
  /** @internal */
  constructor(what: string, limitMs: number, scope: ErrorScope) {
    super(`${what} took longer than ${limitMs} ms`, { scope, initiator: 'local', retryable: true });
    this.limitMs = limitMs;
  }
}

/** The peer's reply is an exception of a type that we don't know. */
export class UnknownExceptionError extends RpcError {
  override readonly code = 'ERR_UNKNOWN_EXCEPTION';
  /** The type's number on the wire. */
  readonly exceptionType: number;
  static {
    this.prototype.name = 'UnknownExceptionError';
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
  /** The number that was called. */
  readonly verb: bigint;
  static {
    this.prototype.name = 'UnknownVerbError';
  }
  /** @internal @param method - its name, where it is that of a service's method. */
  constructor(verb: bigint, method?: string) {
    super(
      method === undefined
        ? `the peer has no handler for verb ${verb}`
        : `the peer has no method ${method}`,
      { scope: 'call', initiator: 'remote' },
    );
    this.verb = verb;
  }
}

/** The peer does not speak the version of our extension that this needs; a plain Seastar speaks none. */
export class UnsupportedError extends RpcError {
  override readonly code = 'ERR_UNSUPPORTED';
  static {
    this.prototype.name = 'UnsupportedError';
  }
  /** @internal */
  constructor(what: string) {
    super(`${what} needs version 2 of our extension, which the peer does not speak`, {
      scope: 'connection',
      initiator: 'remote',
    });
  }
}
