import type { Compressor } from '../../compression/compressor.ts';
import { Inbound } from '../../connection/link/inbound.ts';
import type { Environment } from '../../settings/environment.ts';
import type { Link } from '../../connection/link/link.ts';
import { MessageTooLargeError, ProtocolError } from '../../errors/errors.ts';
import { MAX_MAIN_MESSAGE_BYTES } from '../../wire/main-message.ts';
import type { U64 } from '../../wire/integers.ts';
import {
  type RequestHeader,
  requestHeaderBytes,
  takeRequestHeader,
} from '../../wire/request-frame.ts';
import { MAIN_MESSAGE_VERB } from '../common/main-messages.ts';
import type { Request } from './dispatcher.ts';
import type { Gate, GateListener } from '../limits/gate.ts';

/** What a request reader tells its connection. */
export interface RequestSink {
  /** A request that was read whole and admitted. */
  onRequest(request: Request): void;
  /** A request that is refused before its payload was read. */
  onRefused(messageId: number, text: string): void;
}

/** What a request reader needs of its connection. */
export interface RequestReaderOptions {
  readonly environment: Environment;
  readonly link: Link;
  readonly compressor: Compressor | undefined;
  readonly hasTimeout: boolean;
  /** Whether both ends speak our extension, whose main messages come as requests. */
  readonly hasExtension: boolean;
  readonly gate: Gate;
  readonly sink: RequestSink;
}

/** From here on Seastar takes a timeout for a negative one. */
const HUGE_TIMEOUT_MS = 2 ** 63;

/**
 * Cuts what a client sends into requests. A request is judged and admitted by its header, before its
 * payload is waited for; while it has to wait, the socket is left alone.
 */
export class RequestReader implements GateListener {
  readonly #options: RequestReaderOptions;
  readonly #inbound: Inbound;
  #header: RequestHeader | undefined;
  #deadline: number | undefined;
  /** What the request at hand was admitted with. */
  #cost = 0;
  #isHeld = false;
  #isStopped = false;
  #lastMessageId = 0;

  constructor(options: RequestReaderOptions) {
    this.#options = options;
    const { maxRequestBytes } = options.environment.limits;
    const maxBytes = options.hasExtension
      ? Math.max(maxRequestBytes, MAX_MAIN_MESSAGE_BYTES)
      : maxRequestBytes;
    this.#inbound = new Inbound(
      options.compressor,
      maxBytes + requestHeaderBytes(true),
      'maxRequestBytes',
    );
  }

  /** What an end just now would cut: the header or payload of a request; undefined between frames. */
  get cutFrame(): string | undefined {
    return this.#inbound.cutFrame(
      requestHeaderBytes(this.#options.hasTimeout),
      this.#header?.payloadBytes,
    );
  }

  /** @throws ProtocolError, MessageTooLargeError or CompressionError that ends the connection. */
  push(chunk: Buffer): void {
    this.#inbound.push(chunk);
    this.#run();
  }

  /** A request that was delivered is over. */
  release(cost: number): void {
    this.#options.gate.release(cost);
  }

  /** Serves no more requests, and gives back what a waiting one holds. */
  stop(): void {
    this.#isStopped = true;
    this.#options.gate.withdraw();
    if (this.#header !== undefined && !this.#isHeld) this.#options.gate.release(this.#cost);
    this.#header = undefined;
  }

  #run(): void {
    while (!this.#isHeld && !this.#isStopped && this.#next());
  }

  /** Takes one step; false when bytes are missing. */
  #next(): boolean {
    const header = this.#header;
    if (header === undefined) return this.#readHeader();
    const payload = this.#inbound.takePayload(header.payloadBytes);
    if (payload === undefined) return false;
    this.#deliver(header, payload);
    return true;
  }

  #readHeader(): boolean {
    if (!this.#inbound.advance()) return false;
    const header = takeRequestHeader(this.#inbound.bytes, this.#options.hasTimeout);
    if (header === undefined) return this.#inbound.incomplete();
    this.#checkMessageId(header.messageId);
    this.#deadline = this.#deadlineOf(header.timeoutMs);
    const isMainMessage = this.#options.hasExtension && header.verb === MAIN_MESSAGE_VERB;
    const { maxRequestBytes } = this.#options.environment.limits;
    if (header.payloadBytes > (isMainMessage ? MAX_MAIN_MESSAGE_BYTES : maxRequestBytes)) {
      this.#refuse(header, tooLarge(header, maxRequestBytes, 'maxRequestBytes').message);
    } else this.#admit(header, isMainMessage);
    return true;
  }

  #admit(header: RequestHeader, isMainMessage: boolean): void {
    const { gate, link } = this.#options;
    this.#header = header;
    this.#isHeld = !gate.ask(header, this, isMainMessage);
    if (this.#isHeld) link.pause();
  }

  onGranted(cost: number): void {
    this.#cost = cost;
    this.#goOn();
  }

  onRefused(text: string): void {
    // The request that was asked for, whose header was read before.
    const header = this.#header!;
    this.#header = undefined;
    this.#refuse(header, text);
    this.#goOn();
  }

  /** After a wait, which ends outside of the reader's own loop, so that errors end the connection here. */
  #goOn(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    const { link } = this.#options;
    link.resume();
    try {
      this.#run();
    } catch (error) {
      link.destroy(error);
    }
  }

  /** Answers with an error and drops the payload in bounded memory; one that is too long ends the connection. */
  #refuse(header: RequestHeader, text: string): void {
    const { sink, environment, link } = this.#options;
    sink.onRefused(header.messageId, text);
    if (header.payloadBytes > environment.limits.maxSkipBytes) {
      this.#isStopped = true;
      link.discard(tooLarge(header, environment.limits.maxSkipBytes, 'maxSkipBytes'));
      return;
    }
    this.#inbound.skipPayload(header.payloadBytes);
  }

  #deliver(header: RequestHeader, payload: Buffer): void {
    this.#header = undefined;
    const deadline = this.#deadline;
    if (deadline !== undefined && deadline <= this.#options.environment.clock.now()) {
      this.#options.gate.release(this.#cost);
      return;
    }
    this.#options.sink.onRequest({
      verb: header.verb,
      messageId: header.messageId,
      payload,
      deadline,
      timeoutMs: deadline === undefined ? undefined : Number(header.timeoutMs),
      cost: this.#cost,
    });
  }

  #checkMessageId(messageId: number): void {
    if (this.#options.environment.compatibility.isAnyMessageIdAllowed) return;
    if (messageId <= this.#lastMessageId || !Number.isSafeInteger(messageId)) {
      throw new ProtocolError(
        `message id ${messageId} after ${this.#lastMessageId}; ids must rise`,
      );
    }
    this.#lastMessageId = messageId;
  }

  #deadlineOf(timeoutMs: U64): number | undefined {
    const { clock, compatibility } = this.#options.environment;
    if (timeoutMs === 0) return undefined;
    if (timeoutMs < HUGE_TIMEOUT_MS) return clock.now() + Number(timeoutMs);
    return compatibility.isHugeTimeoutExpired ? clock.now() : undefined;
  }
}

function tooLarge(header: RequestHeader, limit: number, option: string): MessageTooLargeError {
  return new MessageTooLargeError(header.payloadBytes, limit, option, 'call', 'remote');
}
