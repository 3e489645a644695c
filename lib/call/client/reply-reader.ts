import type { Clock } from '../../base/clock.ts';
import type { StatValues } from '../../diagnostics/stats.ts';
import type { Compressor } from '../../compression/compressor.ts';
import { decodeError } from '../../document/error-document.ts';
import { FrameInput } from '../../connection/link/frame-input.ts';
import type { Keepalive } from '../../connection/link/keepalive.ts';
import type { Link, LinkReceiver } from '../../connection/link/link.ts';
import { peerName } from '../../connection/link/peer-name.ts';
import type { Environment } from '../../settings/environment.ts';
import {
  ClosedError,
  MessageTooLargeError,
  RefusedError,
  RemoteError,
  UnknownExceptionError,
  UnknownVerbError,
} from '../../errors/errors.ts';
import type { Children } from '../../stream/handles/children.ts';
import { abortAll, setNaming } from '../../stream/half/named-stream.ts';
import { tupleToResult } from '../../verb/verb.ts';
import {
  type MainMessage,
  decodeMainMessage,
  type GoingAway,
  MAX_MAIN_MESSAGE_BYTES,
} from '../../wire/main-message.ts';
import { decodeException, type ExceptionBody } from '../../wire/exception-body.ts';
import type { HeadedFrameDecoder } from '../../wire/headed-frame.ts';
import { makeResponseDecoder, type ResponseHeader } from '../../wire/response-frame.ts';
import { MAIN_MESSAGE_ID } from '../common/main-messages.ts';
import { endCall, type PendingCall } from './pending-call.ts';
import type { SentCalls } from './sent-calls.ts';

/** Told what a server says of the connection as a whole. */
export interface ReplyListener {
  /** The server will close the connection. */
  onGoingAway(message: GoingAway): void;
  /** The connection is over. */
  onConnectionEnd(cause: unknown): void;
}

/** The connection that replies are read from. */
export interface ReplyReaderOptions {
  readonly environment: Environment;
  readonly link: Link;
  readonly compressor: Compressor | undefined;
  readonly hasDuration: boolean;
  /** There where both ends speak our extension. */
  readonly keepalive: Keepalive | undefined;
  readonly calls: SentCalls;
  readonly children: Children;
  readonly stats: StatValues;
  readonly listener: ReplyListener;
}

/** Reads what a server sends on the main connection: replies, and our main messages. */
export class ReplyReader implements LinkReceiver {
  readonly #options: ReplyReaderOptions;
  readonly #decoder: HeadedFrameDecoder<ResponseHeader>;
  readonly #input: FrameInput<ResponseHeader>;
  readonly #clock: Clock;
  #header: ResponseHeader | undefined;

  constructor(options: ReplyReaderOptions) {
    this.#options = options;
    this.#clock = options.environment.clock;
    const { maxReplyBytes } = options.environment.limits;
    const maxBytes =
      options.keepalive === undefined
        ? maxReplyBytes
        : Math.max(maxReplyBytes, MAX_MAIN_MESSAGE_BYTES);
    const { link, compressor } = options;
    this.#decoder = makeResponseDecoder(options.hasDuration, maxBytes);
    this.#input = new FrameInput({ link, decoder: this.#decoder, compressor });
  }

  onData(chunk: Buffer): void {
    this.#input.push(chunk);
    try {
      while (this.#next());
    } catch (error) {
      this.#log('warn', `connection dropped: ${(error as Error).message}`);
      this.#options.link.abort(error);
    }
  }

  onEnd(): void {
    const cut = this.#input.cutFrame;
    const error = new ClosedError(
      cut === undefined ? 'the server closed the connection' : `unexpected eof ${cut}`,
      'remote',
    );
    this.#options.link.close(error);
    this.#options.listener.onConnectionEnd(error);
  }

  onClose(): void {
    this.#options.listener.onConnectionEnd(this.#options.link.cause);
  }

  /** Takes one step; false when bytes are missing. */
  #next(): boolean {
    const part = this.#input.next();
    if (part === undefined) return false;
    if (part instanceof Uint8Array) this.#onPayload(part);
    else this.#onHeader(part);
    return true;
  }

  #onHeader(header: ResponseHeader): void {
    const { environment, keepalive } = this.#options;
    const isMainMessage = header.messageId === MAIN_MESSAGE_ID && keepalive !== undefined;
    const limit = isMainMessage ? MAX_MAIN_MESSAGE_BYTES : environment.limits.maxReplyBytes;
    if (header.payloadBytes > limit) this.#refuse(header, limit);
    else this.#header = header;
  }

  /** A reply above the limit fails its call; its bytes are dropped, unless they are too many. */
  #refuse(header: ResponseHeader, limit: number): void {
    const { calls, environment } = this.#options;
    const scope = header.payloadBytes > environment.limits.maxSkipBytes ? 'connection' : 'call';
    const error = new MessageTooLargeError(
      header.payloadBytes,
      limit,
      'maxReplyBytes',
      scope,
      'remote',
    );
    const pending = calls.take(Math.abs(header.messageId));
    if (pending !== undefined) this.#rejectCall(pending, error);
    if (scope === 'connection') throw error;
    this.#decoder.skipPayload();
  }

  #onPayload(payload: Buffer): void {
    // Its header was read before.
    const header = this.#header!;
    this.#header = undefined;
    const { messageId } = header;
    if (messageId === MAIN_MESSAGE_ID && this.#options.keepalive !== undefined) {
      const message = decodeMainMessage(payload);
      if (message !== undefined) this.#onMainMessage(message, this.#options.keepalive);
      return;
    }
    const pending = this.#options.calls.take(Math.abs(messageId));
    if (pending === undefined) {
      this.#onUnexpected(header);
      return;
    }
    this.#measure(pending, header);
    if (messageId < 0) this.#onException(pending, payload);
    else this.#onResult(pending, payload);
  }

  #onMainMessage(message: MainMessage, keepalive: Keepalive): void {
    if (message.kind === 'ping' || message.kind === 'pong') keepalive.onMessage(message);
    else if (message.kind === 'going-away') this.#options.listener.onGoingAway(message);
    else this.#options.children.onMainMessage(message);
  }

  #onResult(pending: PendingCall, payload: Buffer): void {
    const { children, environment, stats } = this.#options;
    const serializer = pending.verb.result ?? environment.serializer;
    let result: unknown;
    try {
      result = tupleToResult(serializer, serializer.decode(payload, children));
    } catch (error) {
      abortAll(children.takeNamed(), error, 'remote');
      this.#rejectCall(pending, error);
      return;
    }
    stats.replied++;
    children.takeNamed();
    setNaming(pending.children, 'named');
    pending.resolve(result);
  }

  #onException(pending: PendingCall, payload: Buffer): void {
    this.#options.stats.exceptionReceived++;
    let error: unknown;
    try {
      error = this.#errorOf(decodeException(payload), pending);
    } catch (malformed) {
      error = malformed;
    }
    this.#rejectCall(pending, error);
  }

  #errorOf(body: ExceptionBody, { verb }: PendingCall): Error {
    switch (body.kind) {
      case 'user':
        return new RemoteError(body.text);
      case 'unknown-verb':
        return new UnknownVerbError(BigInt(body.verb), verb.name);
      case 'structured':
        return decodeError(body.document, this.#options.link.peer);
      case 'refused':
        return new RefusedError(body.text, { initiator: 'remote', retryable: true });
      case 'unknown':
        return new UnknownExceptionError(body.type);
    }
  }

  #rejectCall(pending: PendingCall, error: unknown): void {
    endCall(pending, error, this.#options.environment.serializer);
  }

  /** Late replies of calls that were given up are normal; what was never asked for is counted. */
  #onUnexpected(header: ResponseHeader): void {
    const { calls, stats } = this.#options;
    if (calls.wasSent(Math.abs(header.messageId))) {
      const level = header.messageId < 0 ? 'info' : 'debug';
      this.#log(level, `msg_id ${header.messageId}: a reply that nobody waits for any more`);
      if (header.messageId > 0) calls.onLateResult(header.messageId);
      return;
    }
    stats.unknownReplies++;
    this.#log('warn', `msg_id ${header.messageId}: a reply to no call of ours`);
  }

  #measure(pending: PendingCall, header: ResponseHeader): void {
    if (header.durationUs === undefined) return;
    const { stats } = this.#options;
    stats.delaySamples++;
    stats.delayTotal += (this.#clock.now() - pending.sentAt) / 1e3 - header.durationUs / 1e6;
  }

  #log(level: 'debug' | 'info' | 'warn', line: string): void {
    const { environment, link } = this.#options;
    environment.log.write(level, `${peerName('server', link.peer)} `, line);
  }
}
