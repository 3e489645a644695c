import type { Timer } from '../../base/clock.ts';
import { isThenable } from '../../base/is-thenable.ts';
import type { Environment } from '../../settings/environment.ts';
import type { Cancel } from '../../document/cancel-document.ts';
import { CanceledError, isRpcError, TimeoutError } from '../../errors/errors.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import type { Children } from '../../stream/handles/children.ts';
import {
  abortAll,
  type NamedStream,
  setNaming,
  settlePassing,
} from '../../stream/half/named-stream.ts';
import { discardStreams } from '../../stream/value/discard-streams.ts';
import type { U64 } from '../../wire/integers.ts';
import { Afterwork, type LastingCall } from './ongoing-calls.ts';
import { errorText } from './error-text.ts';
import type { Failures } from './failures.ts';
import type { Group } from '../limits/group.ts';
import { CallPlace, type Governor, type Refusal, takePlace } from '../limits/governor.ts';
import { type ContextOwner, HandlerContext } from './handler-context.ts';
import type { Handlers, Registration } from './handlers.ts';
import type { ReplyWriter } from './reply-writer.ts';
import { type TellFinish, tellStart } from '../common/watched-call.ts';

/** Decides whether a caller may call a verb, which has a name if it is a service's method: false or a rejection refuses. */
export type Authorize = (
  context: HandlerContext,
  verb: { readonly number: U64; readonly name?: string | undefined },
) => boolean | Promise<boolean>;

/** What a dispatcher needs of its connection. */
export interface DispatcherOptions {
  readonly environment: Environment;
  readonly handlers: Handlers;
  readonly children: Children;
  readonly replies: ReplyWriter;
  readonly owner: ContextOwner;
  readonly defaultSerializer: Serializer;
  /** The group of handlers that name none. */
  readonly group: Group | undefined;
  /** Count the calls of the connection and the server, where they are limited. */
  readonly governors: readonly Governor[];
  readonly authorize: Authorize | undefined;
  readonly failures: Failures;
  /** The beginning of log lines. */
  readonly name: string;
  /** Gives back what a request was admitted with. */
  release(cost: number): void;
  /** Work that outlives its handler. */
  trackBackground(work: Promise<unknown>): void;
}

/** A request that was read whole. */
export interface Request {
  readonly verb: U64;
  readonly messageId: number;
  readonly payload: Buffer;
  /** By the clock; undefined for none. */
  readonly deadline: number | undefined;
  readonly timeoutMs: number | undefined;
  /** What it was admitted with, to be given back. */
  readonly cost: number;
}

/** A request whose handler is running. */
interface Running extends LastingCall {
  readonly request: Request;
  readonly registration: Registration;
  readonly group: Group | undefined;
  startedAt: number;
  timer: Timer | undefined;
  /** What it failed with. */
  error: unknown;
  /** Undefined where nobody watches. */
  readonly tellFinish: TellFinish | undefined;
}

/** Runs the handlers of one connection's requests and sees to their replies. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #running = new Set<Running>();
  readonly #afterwork: Afterwork;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#afterwork = new Afterwork((work) => options.trackBackground(work));
  }

  /** Requests whose handlers have not ended. */
  get running(): number {
    return this.#running.size;
  }

  /** Serves a request; never throws. */
  dispatch(request: Request): void {
    const registration = this.#options.handlers.get(request.verb);
    if (registration === undefined) {
      this.#options.replies.sendUnknownVerb(request.messageId, request.verb);
      this.#options.release(request.cost);
      return;
    }
    const place = this.#takePlace(registration);
    if (place !== undefined && !(place instanceof CallPlace)) {
      this.#refuse(request, registration, place);
      return;
    }
    const args = this.#decode(request, registration);
    if (args === undefined) place?.release();
    else this.#start(request, registration, args, place);
  }

  /** The caller is gone: handlers and what they left in the background run on, their signals fire. */
  end(cause: unknown): void {
    for (const { context } of this.#running) context.end(cause);
    this.#afterwork.end(cause);
  }

  /**
   * The caller has given up: the handler's signal fires, and nothing is replied. One that has replied
   * meanwhile was not heard: what it has left going is told as well.
   */
  cancel(messageId: number, { reason, path }: Cancel): void {
    const cause = new CanceledError('call', reason, 'remote', path);
    for (const running of this.#running) {
      if (running.messageId === messageId) running.context.end(cause);
    }
    this.#afterwork.cancel(messageId, cause);
  }

  #takePlace({ governor }: Registration): CallPlace | Refusal | undefined {
    const { governors, environment } = this.#options;
    const all = governor === undefined ? governors : [...governors, governor];
    return takePlace(all, environment.clock);
  }

  /** Turned away before anything of it was done. */
  #refuse(request: Request, registration: Registration, refusal: Refusal): void {
    const { verb, hasStructuredErrors } = registration;
    if (verb.isNoWait) this.#warn(request, `no_wait call refused: ${refusal.text}`);
    else this.#options.failures.sendRefusal(request.messageId, refusal, hasStructuredErrors);
    this.#options.release(request.cost);
  }

  #decode(request: Request, registration: Registration): unknown[] | undefined {
    const { children, defaultSerializer, environment, replies } = this.#options;
    const serializer = registration.verb.args ?? defaultSerializer;
    try {
      return serializer.decode(request.payload, children);
    } catch (error) {
      abortAll(children.takeNamed(), error, 'remote');
      const text = isRpcError(error) ? error.message : 'the arguments do not decode';
      this.#warn(
        request,
        `caught exception while processing a message: ${text}, verb ${request.verb}`,
      );
      const isSilent = environment.compatibility.isSilentOnBadRequest || registration.verb.isNoWait;
      if (!isSilent) replies.sendError(request.messageId, text, undefined);
      this.#options.release(request.cost);
      return undefined;
    }
  }

  #start(
    request: Request,
    registration: Registration,
    args: unknown[],
    place: CallPlace | undefined,
  ): void {
    const children = this.#options.children.takeNamed();
    setNaming(children, 'calling');
    const group = registration.group ?? this.#options.group;
    const running: Running = {
      request,
      messageId: request.messageId,
      registration,
      group,
      children,
      place,
      context: this.#makeContext(request, group, children, place),
      startedAt: 0,
      timer: undefined,
      error: undefined,
      tellFinish: tellStart('server', registration.verb, this.#options.environment.clock),
    };
    registration.running.enter();
    this.#running.add(running);
    this.#watchDeadline(running);
    if (group === undefined) this.#run(running, args);
    else group.enter(() => this.#runInTime(running, args));
  }

  /** Whose caller has given up while it waited for its turn is not run for nobody. */
  #runInTime(running: Running, args: unknown[]): void {
    if (this.#isGivenUp(running)) this.#finish(running);
    else this.#run(running, args);
  }

  #makeContext(
    request: Request,
    group: Group | undefined,
    children: readonly NamedStream[] | undefined,
    place: CallPlace | undefined,
  ): HandlerContext {
    const { clock } = this.#options.environment;
    const { messageId } = request;
    const context: HandlerContext = new HandlerContext({
      owner: this.#options.owner,
      group,
      timeoutMs: request.timeoutMs,
      deadline: request.deadline,
      clock,
      background: (work) =>
        this.#afterwork.start({ messageId, context, children, place }, work, (error) =>
          this.#warn(request, `background work failed: ${errorText(error)}`),
        ),
    });
    return context;
  }

  #watchDeadline(running: Running): void {
    const { deadline, timeoutMs } = running.request;
    if (deadline === undefined || timeoutMs === undefined) return;
    const { clock } = this.#options.environment;
    running.timer = clock.setTimeout(
      () => running.context.end(new TimeoutError('the call', timeoutMs, 'call')),
      deadline - clock.now(),
    );
  }

  #run(running: Running, args: unknown[]): void {
    const { clock } = this.#options.environment;
    running.startedAt = clock.now();
    let result: unknown;
    try {
      result =
        this.#options.authorize === undefined
          ? running.registration.handler(running.context, ...args)
          : this.#runAuthorized(running, args, this.#options.authorize);
      if (isThenable(result)) {
        Promise.resolve(result).then(
          (value) => this.#succeed(running, value),
          (error: unknown) => this.#fail(running, error),
        );
        return;
      }
    } catch (error) {
      this.#fail(running, error);
      return;
    }
    this.#succeed(running, result);
  }

  async #runAuthorized(running: Running, args: unknown[], authorize: Authorize): Promise<unknown> {
    const { registration, context } = running;
    if (!(await authorize(context, registration.verb))) {
      throw new Error(`not authorized to call verb ${registration.verb.number}`);
    }
    return registration.handler(context, ...args);
  }

  #succeed(running: Running, result: unknown): void {
    const { request, registration } = running;
    const { children, defaultSerializer, replies } = this.#options;
    const serializer = registration.verb.result ?? defaultSerializer;
    if (!this.#isReplyWanted(running)) {
      discardStreams(serializer, result);
      this.#finish(running);
      return;
    }
    try {
      replies.sendResult(request.messageId, serializer, result, this.#durationUs(running));
    } catch (error) {
      settlePassing(children.takeNamed(), false);
      discardStreams(serializer, result);
      this.#fail(running, error);
      return;
    }
    const streams = children.takeNamed();
    settlePassing(streams, true);
    if (streams !== undefined) this.#afterwork.follow(running, streams);
    this.#finish(running);
  }

  #fail(running: Running, error: unknown): void {
    const { request, registration } = running;
    running.error = error;
    abortAll(running.children, error, 'local');
    if (registration.verb.isNoWait) {
      this.#warn(request, `exception "${errorText(error)}" in no_wait handler ignored`);
    } else if (this.#isReplyWanted(running)) {
      const { failures } = this.#options;
      const durationUs = this.#durationUs(running);
      if (registration.hasStructuredErrors) {
        failures.sendStructured(request.messageId, error, durationUs);
      } else failures.sendText(request.messageId, error, durationUs);
    }
    this.#finish(running);
  }

  #finish(running: Running): void {
    running.timer?.cancel();
    this.#running.delete(running);
    setNaming(running.children, 'named');
    this.#options.release(running.request.cost);
    running.group?.leave();
    running.place?.release();
    running.registration.running.leave();
    running.tellFinish?.(running.error);
  }

  #isReplyWanted(running: Running): boolean {
    return !running.registration.verb.isNoWait && !this.#isGivenUp(running);
  }

  /** A reply that comes too late is dropped, and so is that to a call that was canceled. */
  #isGivenUp({ context, request }: Running): boolean {
    const { deadline } = request;
    if (context.isOver) return true;
    return deadline !== undefined && this.#options.environment.clock.now() >= deadline;
  }

  #durationUs(running: Running): number {
    const { clock } = this.#options.environment;
    return Math.max(0, Math.round((clock.now() - running.startedAt) * 1e3));
  }

  #warn(request: Request, line: string): void {
    const { environment, name } = this.#options;
    environment.log.write('warn', `${name} msg_id ${request.messageId}: `, line);
  }
}
