import type { Clock, Timer } from '../../base/clock.ts';
import { TimeoutError } from '../../errors/errors.ts';
import { placeName } from '../../connection/link/peer-name.ts';
import { areCallsWatched } from '../../diagnostics/channels.ts';
import type { WatchedCall } from '../../diagnostics/watched-call.ts';
import { toError } from '../../errors/foreign.ts';
import type { InputCall, NamedStream } from '../../stream/half/named-stream.ts';
import { watchCall } from '../common/watch-call.ts';
import type { CallPlace } from '../limits/governor.ts';
import type { Group } from '../limits/group.ts';
import { type ContextCall, type ContextOwner, HandlerContext } from './handler-context.ts';
import type { Registration } from './handlers.ts';
import type { OngoingCall, OngoingCalls } from './ongoing-calls.ts';
import type { Request } from './request.ts';

/** The parts of a call when it begins. */
export interface CallStart {
  readonly request: Omit<Request, 'payload'>;
  readonly registration: Registration;
  /** The connection that carries the call. */
  readonly owner: ContextOwner;
  readonly group: Group | undefined;
  /** The streams that its arguments named. */
  readonly children: readonly NamedStream[] | undefined;
  readonly place: CallPlace | undefined;
  readonly clock: Clock;
  /** Takes background work of the handler. */
  readonly ongoing: OngoingCalls;
}

/** A call with a handler that runs, or waits for its turn. */
export class RunningCall implements OngoingCall, ContextCall, InputCall {
  readonly messageId: number;
  readonly registration: Registration;
  readonly owner: ContextOwner;
  readonly group: Group | undefined;
  readonly children: readonly NamedStream[] | undefined;
  readonly place: CallPlace | undefined;
  readonly timeoutMs: number | undefined;
  readonly deadline: number | undefined;
  /** The gate's cost of its request. */
  readonly cost: number;
  readonly clock: Clock;
  /** The handler, its background work and the streams of its result that are not over. */
  parts = 0;
  /** The streams of its result; undefined before there are any, and when they are over. */
  results: readonly NamedStream[] | undefined;
  /** The older call with the same id, if the peer has used an id again. */
  twin: OngoingCall | undefined;
  /** Undefined if nobody watches it. */
  watched: WatchedCall | undefined;
  prepared: object | undefined;
  readonly #ongoing: OngoingCalls;
  #context: HandlerContext | undefined;
  #timer: Timer | undefined;
  #startedAt = 0;
  #isFinished = false;

  constructor(start: CallStart) {
    const { request, registration, clock } = start;
    this.messageId = request.messageId;
    this.timeoutMs = request.timeoutMs;
    this.deadline = request.deadline;
    this.cost = request.cost;
    this.registration = registration;
    this.owner = start.owner;
    this.group = start.group;
    this.children = start.children;
    this.place = start.place;
    this.clock = clock;
    this.#ongoing = start.ongoing;
  }

  get context(): HandlerContext {
    this.#context ??= new HandlerContext(this);
    return this.#context;
  }

  /**
   * Whether a reply would come too late: after the deadline, a cancel, or the end of the
   * connection.
   */
  get isGivenUp(): boolean {
    if (this.context.isOver) return true;
    return this.deadline !== undefined && this.clock.now() >= this.deadline;
  }

  get isReplyWanted(): boolean {
    return !this.registration.verb.isNoWait && !this.isGivenUp;
  }

  get isAwaited(): boolean {
    return !this.#isFinished && !this.registration.verb.isNoWait;
  }

  get drainCause(): Error | undefined {
    return this.#ongoing.drainCause;
  }

  /** How long the handler has run. */
  get durationUs(): number {
    return Math.max(0, Math.round((this.clock.now() - this.#startedAt) * 1e3));
  }

  /** Lets subscribers watch the call, if there are any. */
  watch(args: unknown[]): WatchedCall | undefined {
    if (!areCallsWatched()) return undefined;
    const { connectionId } = this.owner;
    const path = { peer: placeName(this.owner.peer), connectionId };
    const watched = watchCall('server', this.registration.verb, args, path, this.clock);
    if (watched !== undefined) watched.event.callId = this.messageId;
    this.watched = watched;
    return watched;
  }

  /** Tells the start in the context that the handler will get, and begins to serve the call there. */
  beginWatched(watched: WatchedCall, args: unknown[], serve: () => void): void {
    const prepared = this.registration.prepare?.(this.context, args);
    this.prepared = prepared?.context;
    watched.begin(serve, prepared?.run);
  }

  /** Fires the signal at the deadline, if there is one. */
  watchDeadline(): void {
    const { deadline, timeoutMs, clock } = this;
    if (deadline === undefined || timeoutMs === undefined) return;
    this.#timer = clock.setTimeout(
      () => this.context.end(new TimeoutError('the call', timeoutMs, 'call')),
      deadline - clock.now(),
    );
  }

  get givenUp(): Error | undefined {
    const cause = this.context.endCause;
    return cause === undefined ? undefined : toError(cause);
  }

  /** Fires the signal. */
  loseInput(cause: Error): void {
    this.context.loseInput(cause);
  }

  /** The handler starts to run. */
  begin(): void {
    this.#startedAt = this.clock.now();
  }

  /** The handler has ended, with this error if it failed. */
  finish(error: unknown): void {
    this.#isFinished = true;
    this.#timer?.cancel();
    this.watched?.finish(error);
  }

  background(work: () => Promise<unknown>): void {
    this.#ongoing.startWork(this, work);
  }
}
