import { Alarm } from '../../base/alarm.ts';
import type { Clock } from '../../base/clock.ts';
import { decodeError } from '../../document/error-document.ts';
import { FrameInput } from '../../connection/link/frame-input.ts';
import type { Keepalive } from '../../connection/link/keepalive.ts';
import type { LinkReceiver } from '../../connection/link/link-receiver.ts';
import { callName, peerName } from '../../connection/link/peer-name.ts';
import {
  ClosedError,
  MessageTooLargeError,
  RefusedError,
  RemoteError,
  UnknownExceptionError,
  UnknownVerbError,
} from '../../errors/errors.ts';
import { messageOf } from '../../errors/foreign.ts';
import { abortAll, setCall, setNaming } from '../../stream/half/named-stream.ts';
import { missingLabel } from '../../verb/verb-label.ts';
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
import type { MainConnection } from './main-connection.ts';
import { endCall, type PendingCall } from './pending-call.ts';
import type { SentCalls } from './sent-calls.ts';

/** The server learns within this time that a reply has come which it keeps until then. */
export const KEPT_REPLY_MS = 50;

/** Hears about the connection as a whole. */
export interface ReplyListener {
  /** The server is going to close the connection. */
  onGoingAway(message: GoingAway): void;
  /**
   * The server has refused a call.
   *
   * @returns true if the call is sent elsewhere instead of failing.
   */
  onRefused(pending: PendingCall, text: string): boolean;
  /**
   * The server has not kept the reply of a call.
   *
   * @returns true if the call is sent again instead of failing.
   */
  onLost(pending: PendingCall): boolean;
  /** So many replies have come that the server is to be told. */
  onReceived(): void;
  /** The connection is over. */
  onConnectionEnd(cause: unknown): void;
}

/** Reads everything that a server sends on the main connection: replies, and our main messages. */
export class ReplyReader implements LinkReceiver {
  readonly #main: MainConnection;
  readonly #calls: SentCalls;
  /** Set where the connection carries main messages. */
  readonly #keepalive: Keepalive | undefined;
  readonly #listener: ReplyListener;
  readonly #decoder: HeadedFrameDecoder<ResponseHeader>;
  readonly #input: FrameInput<ResponseHeader>;
  readonly #clock: Clock;
  /** Made for the first reply that the server keeps. */
  #keptAlarm: Alarm | undefined;
  #header: ResponseHeader | undefined;

  constructor(
    main: MainConnection,
    calls: SentCalls,
    keepalive: Keepalive | undefined,
    listener: ReplyListener,
  ) {
    const { environment, link, agreed } = main;
    this.#main = main;
    this.#calls = calls;
    this.#keepalive = keepalive;
    this.#listener = listener;
    this.#clock = environment.clock;
    const { maxReplyBytes, maxSkipBytes } = environment.limits;
    const maxBytes =
      keepalive === undefined ? maxReplyBytes : Math.max(maxReplyBytes, MAX_MAIN_MESSAGE_BYTES);
    this.#decoder = makeResponseDecoder(agreed.hasHandlerDuration, maxBytes, maxSkipBytes);
    this.#input = new FrameInput(link, this.#decoder, agreed.compressor);
  }

  onData(chunk: Buffer): void {
    this.#input.push(chunk);
    try {
      while (this.#next());
    } catch (error) {
      this.#log('warn', this.#name, `connection dropped: ${messageOf(error)}`);
      this.#main.link.abort(error);
    }
  }

  onEnd(): void {
    const cut = this.#input.cutFrame;
    const error = new ClosedError(
      cut === undefined ? 'the server closed the connection' : `unexpected eof ${cut}`,
      'remote',
    );
    this.#main.link.close(error);
    this.#listener.onConnectionEnd(error);
  }

  onClose(): void {
    this.#keptAlarm?.clear();
    this.#listener.onConnectionEnd(this.#main.link.cause);
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
    const { limits } = this.#main.environment;
    const isMainMessage = header.messageId === MAIN_MESSAGE_ID && this.#keepalive !== undefined;
    const limit = isMainMessage ? MAX_MAIN_MESSAGE_BYTES : limits.maxReplyBytes;
    if (header.payloadBytes > limit) this.#refuse(header, limit);
    else this.#header = header;
  }

  /**
   * Fails the call of a reply above the limit. The bytes of the reply are dropped, unless they are
   * too many.
   */
  #refuse(header: ResponseHeader, limit: number): void {
    const { maxSkipBytes } = this.#main.environment.limits;
    const scope = header.payloadBytes > maxSkipBytes ? 'connection' : 'call';
    const error = new MessageTooLargeError(
      header.payloadBytes,
      limit,
      'maxReplyBytes',
      scope,
      'remote',
    );
    if (this.#main.frames.isKept) this.#count(header.payloadBytes);
    const pending = this.#calls.take(Math.abs(header.messageId));
    if (pending !== undefined) {
      if (pending.verb.isOnce === true) this.#tellSoon();
      this.#rejectCall(pending, error);
    }
    if (scope === 'connection') throw error;
    this.#decoder.skipPayload();
  }

  #onPayload(payload: Buffer): void {
    // The header was read before.
    const header = this.#header!;
    this.#header = undefined;
    const { messageId } = header;
    if (this.#main.frames.isKept) this.#count(payload.length);
    if (messageId === MAIN_MESSAGE_ID && this.#keepalive !== undefined) {
      const message = decodeMainMessage(payload, 'server', this.#main.agreed.capabilities.resume);
      if (message !== undefined) this.#onMainMessage(message, this.#keepalive);
      return;
    }
    const pending = this.#calls.take(Math.abs(messageId));
    if (pending === undefined) {
      this.#onUnexpected(header);
      return;
    }
    if (pending.verb.isOnce === true) this.#tellSoon();
    this.#measure(pending, header);
    if (messageId < 0) this.#onException(pending, payload);
    else this.#onResult(pending, payload);
  }

  /** A reply has come: the server need not keep it any more once it knows. */
  #count(bytes: number): void {
    const { received } = this.#main.frames;
    received.receive(bytes);
    if (received.isDue) this.#listener.onReceived();
  }

  /** The server keeps the reply until it knows that it has come. */
  #tellSoon(): void {
    const { frames } = this.#main;
    if (!frames.isKept) return;
    this.#keptAlarm ??= new Alarm(this.#clock);
    if (this.#keptAlarm.isSet) return;
    this.#keptAlarm.set(KEPT_REPLY_MS, () => {
      if (frames.received.hasUntold) this.#listener.onReceived();
    });
  }

  #onMainMessage(message: MainMessage, keepalive: Keepalive): void {
    if (message.kind === 'ping' || message.kind === 'pong') keepalive.onMessage(message);
    else if (message.kind === 'going-away') this.#listener.onGoingAway(message);
    else if (message.kind === 'received') this.#main.frames.sent.recvReceived(message.position);
    else this.#main.children.onMainMessage(message);
  }

  #onResult(pending: PendingCall, payload: Buffer): void {
    const { agreed, children, stats } = this.#main;
    pending.guard?.end();
    const serializer = pending.verb.result ?? agreed.serializer;
    let result: unknown;
    try {
      result = tupleToResult(serializer, serializer.decode(payload, children));
    } catch (error) {
      abortAll(children.takeNamed(), error, 'remote');
      this.#rejectCall(pending, error);
      return;
    }
    stats.replied++;
    setCall(children.takeNamed(), pending.watched);
    setNaming(pending.children, 'named');
    pending.resolve(result);
  }

  #onException(pending: PendingCall, payload: Buffer): void {
    this.#main.stats.exceptionReceived++;
    let error: unknown;
    try {
      const body = decodeException(payload, this.#main.agreed.capabilities.resume);
      if (body.kind === 'refused' && this.#listener.onRefused(pending, body.text)) return;
      if (body.kind === 'lost' && this.#listener.onLost(pending)) return;
      error = this.#errorOf(body, pending);
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
        return new UnknownVerbError(BigInt(body.verb), missingLabel(verb, body.verb));
      case 'structured':
        return decodeError(body.document, this.#main.link.peer);
      case 'refused':
        return new RefusedError(body.text, { initiator: 'remote', retryable: true });
      case 'lost':
        return new ClosedError(body.text, 'remote');
      case 'unknown':
        return new UnknownExceptionError(body.type);
    }
  }

  #rejectCall(pending: PendingCall, error: unknown): void {
    endCall(pending, error, this.#main.agreed.serializer);
  }

  /**
   * Replies to calls that were given up are normal. Replies to ids that were never used are
   * counted.
   */
  #onUnexpected(header: ResponseHeader): void {
    const { stats } = this.#main;
    const calls = this.#calls;
    const about = callName(this.#name, header.messageId);
    if (calls.wasSent(Math.abs(header.messageId))) {
      const level = header.messageId < 0 ? 'info' : 'debug';
      this.#log(level, about, 'a reply that nobody waits for any more');
      if (header.messageId > 0) calls.onLateResult(header.messageId);
      return;
    }
    stats.unknownReplies++;
    this.#log('warn', about, 'a reply to no call of ours');
  }

  #measure(pending: PendingCall, header: ResponseHeader): void {
    if (header.durationUs === undefined) return;
    const { stats } = this.#main;
    stats.delaySamples++;
    stats.delayTotal += (this.#clock.now() - pending.sentAt) / 1e3 - header.durationUs / 1e6;
  }

  get #name(): string {
    return peerName('server', this.#main.link.peer);
  }

  #log(level: 'debug' | 'info' | 'warn', about: string, line: string): void {
    this.#main.environment.log.write(level, about, line);
  }
}
