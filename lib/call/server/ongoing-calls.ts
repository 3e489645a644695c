import type { UnderWay } from '../../base/under-way.ts';
import { abortAll, type NamedStream } from '../../stream/half/named-stream.ts';
import type { CallPlace } from '../limits/governor.ts';
import { CallsById, type IdentifiedCall } from './calls-by-id.ts';
import type { ClientLog } from './client-log.ts';
import { errorText } from './error-text.ts';
import type { HandlerContext } from './handler-context.ts';

/** A call of which something goes on. */
export interface OngoingCall extends IdentifiedCall<OngoingCall> {
  readonly context: HandlerContext;
  /** The streams that its arguments named. */
  readonly children: readonly NamedStream[] | undefined;
  /** Its place within limits of calls, which each part holds; undefined without any. */
  readonly place: CallPlace | undefined;
  /** Parts of it that go on: the handler, each work in the background, and the streams of the result. */
  parts: number;
  /** The streams of its result that were open when it was sent; undefined before, and when all are over. */
  results: readonly NamedStream[] | undefined;
}

/**
 * The calls of one connection that go on: those with running handlers, and those that have left work
 * in the background or streams in their results behind.
 */
export class OngoingCalls {
  readonly #calls = new CallsById<OngoingCall>();
  readonly #background: UnderWay;
  readonly #log: ClientLog;

  /** @param background - counts work that outlives its handler. */
  constructor(background: UnderWay, log: ClientLog) {
    this.#background = background;
    this.#log = log;
  }

  /** The handler of a call begins. It holds the call's place already. */
  enter(call: OngoingCall): void {
    call.parts++;
    this.#calls.add(call);
  }

  /** A part of a call is over. */
  leave(call: OngoingCall): void {
    call.parts--;
    if (call.parts === 0) this.#calls.remove(call);
    call.place?.release();
  }

  /** Starts work of a call in the background. A rejection is logged and aborts the streams of its arguments. */
  startWork(call: OngoingCall, work: () => Promise<unknown>): void {
    this.#enterPart(call);
    this.#background.enter();
    void this.#work(call, work);
  }

  /**
   * A call with streams in its result goes on until they are over. When their consumer leaves, the
   * signal of the call fires and the streams of its arguments end: the result's items may wait for one
   * of theirs.
   * They end as well when the items' producer has thrown, as they do with a handler.
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

  /**
   * The caller has given up: the signals of its call fire. A call that has replied meanwhile was not
   * heard: the streams of its result end as well.
   */
  cancel(messageId: number, cause: unknown): void {
    for (const call of this.#calls.ofId(messageId)) {
      call.context.end(cause);
      abortAll(call.results, cause, 'remote');
    }
  }

  /** The caller is gone: all signals fire, and handlers and work run on. */
  end(cause: unknown): void {
    for (const { context } of this.#calls.all()) context.end(cause);
  }

  /** The call may be over: work can be started at any time through its context. */
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
