import type { UnderWay } from '../../base/under-way.ts';
import { abortAll, type NamedStream } from '../../stream/half/named-stream.ts';
import type { CallPlace } from '../limits/governor.ts';
import { CallsById, type IdentifiedCall } from './calls-by-id.ts';
import type { ClientLog } from './client-log.ts';
import { errorText } from './error-text.ts';
import type { HandlerContext } from './handler-context.ts';

/** A call with a part that still goes on. */
export interface OngoingCall extends IdentifiedCall<OngoingCall> {
  readonly context: HandlerContext;
  /** Whether its caller waits for a reply that was not sent. */
  readonly isAwaited?: boolean;
  /** The streams that its arguments named. */
  readonly children: readonly NamedStream[] | undefined;
  /** The place of the call with its governors, held by each part; undefined without limits. */
  readonly place: CallPlace | undefined;
  /**
   * The number of parts that go on: the handler, each background work, and the streams of the
   * result.
   */
  parts: number;
  /**
   * The streams of the result that were open when it was sent. Undefined before that, and after
   * they are over.
   */
  results: readonly NamedStream[] | undefined;
}

/**
 * The calls of one client that go on: calls with running handlers, and calls that have left
 * background work, or streams in their results.
 */
export class OngoingCalls {
  readonly #calls = new CallsById<OngoingCall>();
  readonly #background: UnderWay;
  readonly #log: ClientLog;
  #drainCause: Error | undefined;
  /** Called when nothing goes on any more. */
  onEmpty: (() => void) | undefined;

  /** @param background - counts work that outlives its handler. */
  constructor(background: UnderWay, log: ClientLog) {
    this.#background = background;
    this.#log = log;
  }

  /** Whether nothing goes on. */
  get isEmpty(): boolean {
    return this.#calls.isEmpty;
  }

  /** Set once the server has begun to close in order. */
  get drainCause(): Error | undefined {
    return this.#drainCause;
  }

  /** The handler of a call begins. The call holds its place already. */
  enter(call: OngoingCall): void {
    call.parts++;
    this.#calls.add(call);
  }

  /** A part of a call is over. */
  leave(call: OngoingCall): void {
    call.parts--;
    if (call.parts === 0) this.#calls.remove(call);
    call.place?.release();
    if (this.onEmpty !== undefined && this.isEmpty) this.onEmpty();
  }

  /**
   * Starts background work of a call. A rejection is logged and aborts the streams of the call's
   * arguments.
   */
  startWork(call: OngoingCall, work: () => Promise<unknown>): void {
    this.#enterPart(call);
    this.#background.enter();
    void this.#work(call, work);
  }

  /**
   * Keeps a call with streams in its result going until these are over. If their consumer leaves,
   * the signal of the call fires and the streams of its arguments end, because the items of the
   * result may wait for items of an argument. The streams of the arguments also end if the producer
   * of the items throws, as they do if a handler throws.
   */
  follow(call: OngoingCall, streams: readonly NamedStream[]): void {
    const open = streams.filter((stream) => stream.isOver === false);
    if (open.length === 0) return;
    this.#enterPart(call);
    call.results = open;
    let count = open.length;
    for (const stream of open) {
      stream.onOver = (cause, isOwn) => {
        if (--count > 0) return;
        call.results = undefined;
        this.leave(call);
        if (cause === undefined) return;
        if (!isOwn) call.context.end(cause);
        abortAll(call.children, cause, isOwn ? 'local' : 'remote');
      };
    }
  }

  /** Whether something of a call with this id goes on. */
  has(messageId: number): boolean {
    return this.#calls.has(messageId);
  }

  /** Whether a reply of the call is still to come. */
  isAwaited(messageId: number): boolean {
    return this.#calls.ofId(messageId).some((call) => call.isAwaited === true);
  }

  /** The ids of the calls with replies that are still to come. */
  awaited(): number[] {
    const awaited = this.#calls.all().filter((call) => call.isAwaited === true);
    return awaited.map(({ messageId }) => messageId);
  }

  /**
   * The caller has given up: the signals of its call fire. If the call has been answered meanwhile,
   * the caller has not heard the answer: the streams of its result end as well.
   */
  cancel(messageId: number, cause: unknown): void {
    for (const call of this.#calls.ofId(messageId)) {
      call.context.end(cause);
      abortAll(call.results, cause, 'remote');
    }
  }

  /** The server has begun to close in order: the `draining` signals of all calls fire. */
  drain(cause: Error): void {
    this.#drainCause = cause;
    for (const { context } of this.#calls.all()) context.drain(cause);
  }

  /** The caller is gone: all signals fire. Handlers and background work run on. */
  end(cause: unknown): void {
    for (const { context } of this.#calls.all()) context.end(cause);
  }

  /** The call may be over already: its context can start work at any time. */
  #enterPart(call: OngoingCall): void {
    call.place?.hold();
    if (call.parts === 0) this.#calls.add(call);
    call.parts++;
  }

  async #work(call: OngoingCall, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#log.warnOfCall(call.messageId, `background work failed: ${errorText(error)}`);
      abortAll(call.children, error, 'local');
    }
    this.leave(call);
    this.#background.leave();
  }
}
