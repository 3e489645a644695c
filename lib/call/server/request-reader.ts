import { type TurnBudget, turnBudgetOf } from '../../base/turn-budget.ts';
import { FrameInput } from '../../connection/link/frame-input.ts';
import type { Environment } from '../../settings/environment.ts';
import type { Link } from '../../connection/link/link.ts';
import { MessageTooLargeError, ProtocolError, TimeoutError } from '../../errors/errors.ts';
import { MAX_MAIN_MESSAGE_BYTES } from '../../wire/main-message.ts';
import type { U64 } from '../../wire/integers.ts';
import type { HeadedFrameDecoder } from '../../wire/headed-frame.ts';
import { makeRequestDecoder, type RequestHeader } from '../../wire/request-frame.ts';
import { MAIN_MESSAGE_VERB } from '../common/main-messages.ts';
import type { AcceptedClient } from './accepted-client.ts';
import { ArrivalLimit } from './arrival-limit.ts';
import type { Request } from './request.ts';
import type { Gate, GateListener } from '../limits/gate.ts';

/** Takes the requests of one client. */
export interface RequestSink {
  /** A request was admitted and read whole. */
  onRequest(request: Request): void;
  /**
   * A request is refused before its payload is read.
   *
   * @param isRetryable - whether another try may succeed.
   */
  onRefused(header: RequestHeader, text: string, isRetryable: boolean): void;
  /** The connection must end: what has come is wrong, or the rest of a request does not come. */
  onError(error: unknown): void;
}

/** Notes which frames of a session were received, over all of its connections. */
export interface FrameNotes {
  /** The message id of the last frame that has come whole. */
  readonly position: number;
  /** All of a frame has come. */
  onFrame(messageId: number, frameBytes: number): void;
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
  readonly #turns: TurnBudget;
  /** Whether main messages come among the requests. */
  readonly #hasMainMessages: boolean;
  readonly #decoder: HeadedFrameDecoder<RequestHeader>;
  readonly #input: FrameInput<RequestHeader>;
  readonly #arrival: ArrivalLimit;
  /** Compressed frames come whole, a header and its payload at once. */
  readonly #isCompressed: boolean;
  #header: RequestHeader | undefined;
  #deadline: number | undefined;
  #isHeld = false;
  #isStopped = false;
  #lastMessageId: number;
  readonly #notes: FrameNotes | undefined;
  /** The header of a frame with a payload that is dropped as it comes. */
  #skipped: RequestHeader | undefined;

  /**
   * @param arrivalTimeoutMs - see `ResourceLimits`.
   * @param notes - of a session that outlives its connections.
   */
  constructor(
    environment: Environment,
    client: AcceptedClient,
    gate: Gate,
    sink: RequestSink,
    arrivalTimeoutMs: number,
    notes?: FrameNotes,
  ) {
    this.#notes = notes;
    this.#lastMessageId = notes?.position ?? 0;
    this.#environment = environment;
    this.#link = client.link;
    this.#gate = gate;
    this.#sink = sink;
    this.#turns = turnBudgetOf(environment.clock);
    const { agreed, link } = client;
    this.#hasMainMessages = agreed.capabilities.mainMessages;
    const { maxRequestBytes, maxSkipBytes } = environment.limits;
    const maxBytes = this.#hasMainMessages
      ? Math.max(maxRequestBytes, MAX_MAIN_MESSAGE_BYTES)
      : maxRequestBytes;
    this.#decoder = makeRequestDecoder(agreed.hasTimeout, maxBytes, maxSkipBytes);
    this.#input = new FrameInput(link, this.#decoder, agreed.compressor);
    this.#isCompressed = agreed.compressor !== undefined;
    this.#arrival = new ArrivalLimit(environment.clock, arrivalTimeoutMs, () => {
      const what = 'the rest of a request that has begun (resources.arrivalTimeoutMs)';
      this.#sink.onError(new TimeoutError(what, arrivalTimeoutMs, 'connection'));
    });
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
    this.#noteSkipped();
  }

  /** Serves no more requests, and returns what a waiting request holds. */
  end(): void {
    this.#isStopped = true;
    this.#arrival.end();
    this.#gate.cancel();
    this.#header = undefined;
  }

  #run(): void {
    while (!this.#isHeld && !this.#isStopped && this.#next());
    const isCutOff = this.#header !== undefined && !this.#isHeld && !this.#isStopped;
    if (isCutOff) this.#arrival.watch(this.#comeBytes);
    else this.#arrival.end();
  }

  /** Takes one step; false when bytes are missing, or memory for them. */
  #next(): boolean {
    const isCharged = this.#header === undefined || this.#gate.isWhole;
    if (!isCharged) this.#hold(!this.#gate.charge(this.#comeBytes, this));
    if (this.#isHeld) return false;
    const part = this.#input.next();
    if (part === undefined) return false;
    if (part instanceof Uint8Array) {
      this.#deliver(part);
      if (this.#turns.spend(1)) this.#rest();
    } else this.#onHeader(part);
    return true;
  }

  /** Requests have taken enough of this turn of the loop: the others wait for a later one. */
  #rest(): void {
    this.#hold(true);
    this.#turns.wait(() => {
      if (!this.#isStopped) this.#goOn();
    });
  }

  /** A payload that is dropped may have come whole. */
  #noteSkipped(): void {
    const skipped = this.#skipped;
    if (skipped === undefined || this.#decoder.isInFrame) return;
    this.#skipped = undefined;
    this.#note(skipped);
  }

  #note({ messageId, payloadBytes }: RequestHeader): void {
    this.#notes?.onFrame(messageId, this.#decoder.headerBytes + payloadBytes);
  }

  #onHeader(header: RequestHeader): void {
    if (this.#skipped !== undefined) this.#note(this.#skipped);
    this.#skipped = undefined;
    this.#checkMessageId(header.messageId);
    this.#deadline = this.#deadlineOf(header.timeoutMs);
    const isMainMessage = this.#hasMainMessages && header.verb === MAIN_MESSAGE_VERB;
    const { maxRequestBytes } = this.#environment.limits;
    if (header.payloadBytes > (isMainMessage ? MAX_MAIN_MESSAGE_BYTES : maxRequestBytes)) {
      this.#refuse(header, tooLarge(header, maxRequestBytes, 'maxRequestBytes').message, false);
    } else this.#admit(header, isMainMessage);
  }

  #admit(header: RequestHeader, isMainMessage: boolean): void {
    this.#header = header;
    const comeBytes = this.#isCompressed ? header.payloadBytes : this.#comeBytes;
    this.#hold(!this.#gate.ask(header, comeBytes, this, isMainMessage));
  }

  /** Bytes of the payload that have come, where it is not whole. */
  get #comeBytes(): number {
    return this.#input.heldBytes;
  }

  #hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (isHeld) this.#input.setPaused(true);
  }

  onGranted(): void {
    this.#goOn();
  }

  onRefused(text: string, isRetryable: boolean): void {
    // The header was read before the gate was asked.
    const header = this.#header!;
    this.#header = undefined;
    this.#refuse(header, text, isRetryable);
    this.#goOn();
  }

  /**
   * Goes on after a wait. This runs outside of `push`, which would throw an error.
   */
  #goOn(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#input.setPaused(false);
    try {
      this.#run();
    } catch (error) {
      this.#sink.onError(error);
    }
  }

  /**
   * Answers with an error and drops the payload in bounded memory. A payload that is too long ends
   * the connection.
   */
  #refuse(header: RequestHeader, text: string, isRetryable: boolean): void {
    const { maxSkipBytes } = this.#environment.limits;
    this.#sink.onRefused(header, text, isRetryable);
    if (header.payloadBytes > maxSkipBytes) {
      this.#isStopped = true;
      this.#link.close(tooLarge(header, maxSkipBytes, 'maxSkipBytes'));
      return;
    }
    this.#decoder.skipPayload();
    if (this.#notes === undefined) return;
    this.#skipped = header;
    this.#noteSkipped();
  }

  #deliver(payload: Buffer): void {
    // The header was read and admitted before.
    const header = this.#header!;
    this.#header = undefined;
    this.#arrival.end();
    this.#note(header);
    const cost = this.#gate.deliver();
    const deadline = this.#deadline;
    if (deadline !== undefined && deadline <= this.#environment.clock.now()) {
      this.#gate.release(cost);
      return;
    }
    this.#sink.onRequest({
      verb: header.verb,
      messageId: header.messageId,
      payload,
      deadline,
      timeoutMs: deadline === undefined ? undefined : Number(header.timeoutMs),
      cost,
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
