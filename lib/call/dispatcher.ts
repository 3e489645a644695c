import type { Timer } from '../base/clock.ts';
import type { Environment } from '../connection/environment.ts';
import { isRpcError, TimeoutError } from '../errors.ts';
import type { Serializer } from '../serializer/serializer.ts';
import type { ChildConnection } from '../stream/child-connection.ts';
import { abortAll, type Children, setNaming } from '../stream/children.ts';
import type { U64 } from '../wire/integers.ts';
import { errorText } from './error-text.ts';
import type { Group } from './group.ts';
import { type ContextOwner, HandlerContext } from './handler-context.ts';
import { type Handlers, leaveRegistration, type Registration } from './handlers.ts';
import type { ReplyWriter } from './reply-writer.ts';

/** Decides whether a caller may call a verb: false or a rejection refuses. */
export type Authorize = (
  context: HandlerContext,
  verb: { readonly number: U64 },
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
  readonly authorize: Authorize | undefined;
  /** The text that a caller gets for what a handler threw. */
  readonly errorText: (error: unknown) => string;
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
interface Running {
  readonly request: Request;
  readonly registration: Registration;
  readonly group: Group | undefined;
  readonly context: HandlerContext;
  /** The streams that its arguments named. */
  readonly children: readonly ChildConnection[] | undefined;
  startedAt: number;
  timer: Timer | undefined;
}

/** What work in the background belongs to. */
type BackgroundCall = Pick<Running, 'request' | 'context' | 'children'>;

/** Runs the handlers of one connection's requests and sees to their replies. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #running = new Set<Running>();
  readonly #inBackground = new Set<BackgroundCall>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
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
    const args = this.#decode(request, registration);
    if (args !== undefined) this.#start(request, registration, args);
  }

  /** The caller is gone: handlers and what they left in the background run on, their signals fire. */
  end(cause: unknown): void {
    for (const { context } of [...this.#running, ...this.#inBackground]) context.end(cause);
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

  #start(request: Request, registration: Registration, args: unknown[]): void {
    const children = this.#options.children.takeNamed();
    setNaming(children, 'calling');
    const group = registration.group ?? this.#options.group;
    const running: Running = {
      request,
      registration,
      group,
      children,
      context: this.#makeContext(request, group, children),
      startedAt: 0,
      timer: undefined,
    };
    registration.running++;
    this.#running.add(running);
    this.#watchDeadline(running);
    if (group === undefined) this.#run(running, args);
    else group.enter(() => this.#runInTime(running, args));
  }

  /** Whose deadline has passed while it waited for its turn is not run for nobody. */
  #runInTime(running: Running, args: unknown[]): void {
    if (this.#isLate(running)) this.#finish(running);
    else this.#run(running, args);
  }

  #makeContext(
    request: Request,
    group: Group | undefined,
    children: readonly ChildConnection[] | undefined,
  ): HandlerContext {
    const { clock } = this.#options.environment;
    const context: HandlerContext = new HandlerContext({
      owner: this.#options.owner,
      group,
      timeoutMs: request.timeoutMs,
      deadline: request.deadline,
      clock,
      background: (work) => this.#background({ request, context, children }, work),
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
    if (!this.#isReplyWanted(running)) {
      this.#finish(running);
      return;
    }
    try {
      const serializer = registration.verb.result ?? defaultSerializer;
      replies.sendResult(request.messageId, serializer, result, this.#durationUs(running));
    } catch (error) {
      children.takeNamed();
      this.#fail(running, error);
      return;
    }
    for (const child of children.takeNamed() ?? []) child.isSinkPassed = true;
    this.#finish(running);
  }

  #fail(running: Running, error: unknown): void {
    const { request, registration } = running;
    abortAll(running.children, error, 'local');
    if (registration.verb.isNoWait) {
      this.#warn(request, `exception "${errorText(error)}" in no_wait handler ignored`);
    } else if (this.#isReplyWanted(running)) {
      this.#options.replies.sendError(
        request.messageId,
        this.#textOf(error),
        this.#durationUs(running),
      );
    }
    this.#finish(running);
  }

  #finish(running: Running): void {
    running.timer?.cancel();
    this.#running.delete(running);
    setNaming(running.children, 'named');
    this.#options.release(running.request.cost);
    running.group?.leave();
    leaveRegistration(running.registration);
  }

  /** A reply that comes too late is dropped: the caller has given up. */
  #isReplyWanted(running: Running): boolean {
    return !running.registration.verb.isNoWait && !this.#isLate(running);
  }

  #isLate(running: Running): boolean {
    const { deadline } = running.request;
    return deadline !== undefined && this.#options.environment.clock.now() >= deadline;
  }

  #textOf(error: unknown): string {
    try {
      return String(this.#options.errorText(error));
    } catch {
      return 'the handler failed, and so did the error filter';
    }
  }

  #durationUs(running: Running): number {
    const { clock } = this.#options.environment;
    return Math.max(0, Math.round((clock.now() - running.startedAt) * 1e3));
  }

  #background(call: BackgroundCall, work: () => Promise<unknown>): void {
    // Each work is a member of its own: a call may have several.
    const owner = { ...call };
    this.#inBackground.add(owner);
    const promise = (async () => {
      try {
        await work();
      } catch (error) {
        this.#warn(call.request, `background work failed: ${errorText(error)}`);
        abortAll(call.children, error, 'local');
      }
      this.#inBackground.delete(owner);
    })();
    this.#options.trackBackground(promise);
  }

  #warn(request: Request, line: string): void {
    const { environment, name } = this.#options;
    environment.log.write('warn', `${name} msg_id ${request.messageId}: `, line);
  }
}

/** Reading `then` may itself throw, which is the handler's failure. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}
