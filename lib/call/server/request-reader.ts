import { FrameInput } from '../../connection/link/frame-input.ts';
import type { Environment } from '../../settings/environment.ts';
import type { Link } from '../../connection/link/link.ts';
import { MessageTooLargeError, ProtocolError } from '../../errors/errors.ts';
import { MAX_MAIN_MESSAGE_BYTES } from '../../wire/main-message.ts';
import type { U64 } from '../../wire/integers.ts';
import type { HeadedFrameDecoder } from '../../wire/headed-frame.ts';
import { makeRequestDecoder, type RequestHeader } from '../../wire/request-frame.ts';
import { MAIN_MESSAGE_VERB } from '../common/main-messages.ts';
import type { AcceptedClient } from './accepted-client.ts';
import type { Request } from './request.ts';
import type { Gate, GateListener } from '../limits/gate.ts';

/** Takes the requests of one client. */
export interface RequestSink {
  /** A request was admitted and read whole. */
  onRequest(request: Request): void;
  /** A request is refused before its payload is read. */
  onRefused(messageId: number, text: string): void;
}

/** From this value on Seastar reads a timeout as a negative number. */
const HUGE_TIMEOUT_MS = 2 ** 63;

/**
 * Cuts the bytes of a client into requests. A request is judged and admitted by its header, before
 * the reader waits for its payload. While the request waits for admission, nothing is read from the
 * socket.
 */
export class RequestReader implements GateListener {
  readonly #environment: Environment;
  readonly #link: Link;
  readonly #gate: Gate;
  readonly #sink: RequestSink;
  /** Whether main messages come among the requests. */
  readonly #hasMainMessages: boolean;
  readonly #decoder: HeadedFrameDecoder<RequestHeader>;
  readonly #input: FrameInput<RequestHeader>;
  #header: RequestHeader | undefined;
  #deadline: number | undefined;
  /** The gate's cost of the current request. */
  #cost = 0;
  #isHeld = false;
  #isStopped = false;
  #lastMessageId = 0;

  constructor(environment: Environment, client: AcceptedClient, gate: Gate, sink: RequestSink) {
    this.#environment = environment;
    this.#link = client.link;
    this.#gate = gate;
    this.#sink = sink;
    const { agreed, link } = client;
    this.#hasMainMessages = agreed.capabilities.mainMessages;
    const { maxRequestBytes } = environment.limits;
    const maxBytes = this.#hasMainMessages
      ? Math.max(maxRequestBytes, MAX_MAIN_MESSAGE_BYTES)
      : maxRequestBytes;
    this.#decoder = makeRequestDecoder(agreed.hasTimeout, maxBytes);
    this.#input = new FrameInput(link, this.#decoder, agreed.compressor);
  }

  /**
   * The part of a frame that an end of the connection would cut now: the header or the payload of a
   * request; undefined between frames.
   */
  get cutFrame(): string | undefined {
    return this.#input.cutFrame;
  }

  /** @throws ProtocolError, MessageTooLargeError or CompressionError, which end the connection. */
  push(chunk: Buffer): void {
    this.#input.push(chunk);
    this.#run();
  }

  /** Serves no more requests, and returns what a waiting request holds. */
  end(): void {
    this.#isStopped = true;
    this.#gate.cancel();
    if (this.#header !== undefined && !this.#isHeld) this.#gate.release(this.#cost);
    this.#header = undefined;
  }

  #run(): void {
    while (!this.#isHeld && !this.#isStopped && this.#next());
  }

  /** Takes one step; false when bytes are missing. */
  #next(): boolean {
    const part = this.#input.next();
    if (part === undefined) return false;
    if (part instanceof Uint8Array) this.#deliver(part);
    else this.#onHeader(part);
    return true;
  }

  #onHeader(header: RequestHeader): void {
    this.#checkMessageId(header.messageId);
    this.#deadline = this.#deadlineOf(header.timeoutMs);
    const isMainMessage = this.#hasMainMessages && header.verb === MAIN_MESSAGE_VERB;
    const { maxRequestBytes } = this.#environment.limits;
    if (header.payloadBytes > (isMainMessage ? MAX_MAIN_MESSAGE_BYTES : maxRequestBytes)) {
      this.#refuse(header, tooLarge(header, maxRequestBytes, 'maxRequestBytes').message);
    } else this.#admit(header, isMainMessage);
  }

  #admit(header: RequestHeader, isMainMessage: boolean): void {
    this.#header = header;
    this.#isHeld = !this.#gate.ask(header, this, isMainMessage);
    if (this.#isHeld) this.#input.setPaused(true);
  }

  onGranted(cost: number): void {
    this.#cost = cost;
    this.#goOn();
  }

  onRefused(text: string): void {
    // The header was read before the gate was asked.
    const header = this.#header!;
    this.#header = undefined;
    this.#refuse(header, text);
    this.#goOn();
  }

  /**
   * Goes on after a wait. This runs outside of the reader's own loop, so an error must end the
   * connection here.
   */
  #goOn(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#input.setPaused(false);
    try {
      this.#run();
    } catch (error) {
      this.#link.abort(error);
    }
  }

  /**
   * Answers with an error and drops the payload in bounded memory. A payload that is too long ends
   * the connection.
   */
  #refuse(header: RequestHeader, text: string): void {
    const { maxSkipBytes } = this.#environment.limits;
    this.#sink.onRefused(header.messageId, text);
    if (header.payloadBytes > maxSkipBytes) {
      this.#isStopped = true;
      this.#link.close(tooLarge(header, maxSkipBytes, 'maxSkipBytes'));
      return;
    }
    this.#decoder.skipPayload();
  }

  #deliver(payload: Buffer): void {
    // The header was read and admitted before.
    const header = this.#header!;
    this.#header = undefined;
    const deadline = this.#deadline;
    if (deadline !== undefined && deadline <= this.#environment.clock.now()) {
      this.#gate.release(this.#cost);
      return;
    }
    this.#sink.onRequest({
      verb: header.verb,
      messageId: header.messageId,
      payload,
      deadline,
      timeoutMs: deadline === undefined ? undefined : Number(header.timeoutMs),
      cost: this.#cost,
    });
  }

  #checkMessageId(messageId: number): void {
    if (this.#environment.compatibility.isAnyMessageIdAllowed) return;
    if (messageId <= this.#lastMessageId || !Number.isSafeInteger(messageId)) {
      throw new ProtocolError(
        `message id ${messageId} after ${this.#lastMessageId}; ids must rise`,
      );
    }
    this.#lastMessageId = messageId;
  }

  #deadlineOf(timeoutMs: U64): number | undefined {
    const { clock, compatibility } = this.#environment;
    if (timeoutMs === 0) return undefined;
    if (timeoutMs < HUGE_TIMEOUT_MS) return clock.now() + Number(timeoutMs);
    return compatibility.isHugeTimeoutExpired ? clock.now() : undefined;
  }
}

function tooLarge(header: RequestHeader, limit: number, option: string): MessageTooLargeError {
  return new MessageTooLargeError(header.payloadBytes, limit, option, 'call', 'remote');
}
