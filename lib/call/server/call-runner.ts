import { SerializationError } from '../../errors/errors.ts';
import type { WatchedCall } from '../../diagnostics/watched-call.ts';
import { isInstance } from '../../errors/foreign.ts';
import { prefixMessage } from '../../errors/prefix-message.ts';
import { promiseOf } from '../../base/promise-of.ts';
import { StatusError } from '../../errors/status-error.ts';
import {
  abortAll,
  followInput,
  setCall,
  setNaming,
  settlePassing,
} from '../../stream/half/named-stream.ts';
import { releaseStreams } from '../../stream/value/release-streams.ts';
import type { Group } from '../limits/group.ts';
import { LostReply } from './away-writer.ts';
import type { Authorize } from './authorize.ts';
import { errorText } from './error-text.ts';
import type { Registration } from './handlers.ts';
import type { CallParts } from './call-parts.ts';
import { calledName, verbLabel } from '../../verb/verb-label.ts';
import type { OngoingCalls } from './ongoing-calls.ts';
import type { RunningCall } from './running-call.ts';
import type { ServerCore } from './server-core.ts';

/** Runs the handlers of one connection's calls, and answers with their results or errors. */
export class CallRunner {
  readonly #core: ServerCore;
  readonly #parts: CallParts;
  readonly #ongoing: OngoingCalls;

  constructor(core: ServerCore, parts: CallParts, ongoing: OngoingCalls) {
    this.#core = core;
    this.#parts = parts;
    this.#ongoing = ongoing;
  }

  /** Runs the handler of a call when the turn of the call in its group comes; never throws. */
  start(call: RunningCall, args: unknown[]): void {
    setCall(call.children, call.watched);
    setNaming(call.children, 'calling');
    followInput(call.children, call);
    this.#parts.underWay.enter();
    this.#ongoing.enter(call);
    call.registration.running.enter();
    call.watchDeadline();
    if (call.group === undefined) this.#run(call, args);
    else this.#awaitTurn(call, call.group, args);
  }

  /** This and other closures stand apart from `start` and `#run`: there each call would pay for them. */
  #awaitTurn(call: RunningCall, group: Group, args: unknown[]): void {
    group.enter(() => this.#runInTurn(call, args));
  }

  /** A call may have been given up while it waited for its turn. Its handler is not run then. */
  #runInTurn(call: RunningCall, args: unknown[]): void {
    if (call.isGivenUp) this.#finish(call, undefined);
    else if (call.watched === undefined) this.#run(call, args);
    else this.#runWatched(call, call.watched, args);
  }

  #runWatched(call: RunningCall, watched: WatchedCall, args: unknown[]): void {
    watched.run(() => this.#run(call, args));
  }

  #run(call: RunningCall, args: unknown[]): void {
    const { authorize } = this.#core;
    call.begin();
    let result: unknown;
    try {
      result =
        authorize === undefined
          ? call.registration.handler(call.context, ...args)
          : runAuthorized(call, args, authorize);
    } catch (error) {
      this.#replyError(call, error);
      return;
    }
    const pending = promiseOf(result);
    if (pending === undefined) this.#succeed(call, result);
    else this.#follow(call, pending);
  }

  #follow(call: RunningCall, pending: Promise<unknown>): void {
    pending.then(
      (value) => this.#succeed(call, value),
      (error: unknown) => this.#replyError(call, error),
    );
  }

  #succeed(call: RunningCall, result: unknown): void {
    const { children, replies } = this.#parts;
    const serializer = call.registration.verb.result ?? this.#core.environment.serializer;
    if (!call.isReplyWanted) {
      releaseStreams(serializer, result);
      this.#finish(call, undefined);
      return;
    }
    try {
      replies.sendResult(call.messageId, serializer, result, call.durationUs);
    } catch (error) {
      settlePassing(children.takeNamed(), false);
      releaseStreams(serializer, result);
      if (error instanceof LostReply) this.#finish(call, undefined);
      else this.#replyError(call, ofResult(call, error));
      return;
    }
    const streams = children.takeNamed();
    setCall(streams, call.watched);
    settlePassing(streams, true);
    if (streams !== undefined) this.#ongoing.follow(call, streams);
    this.#finish(call, undefined);
  }

  #replyError(call: RunningCall, error: unknown): void {
    const { messageId, registration } = call;
    const { failures, log } = this.#parts;
    abortAll(call.children, error, 'local');
    if (registration.verb.isNoWait) {
      const { name } = registration.verb;
      const handler = name === undefined ? 'no_wait handler' : `no_wait handler of '${name}'`;
      const line = `exception "${errorText(error)}" in ${handler} ignored`;
      log.warnOfCall(messageId, line);
    } else if (call.isReplyWanted) {
      failures.send(call, error, registration.hasStructuredErrors, () => this.#finish(call, error));
      return;
    }
    this.#finish(call, error);
  }

  #finish(call: RunningCall, error: unknown): void {
    const { gate, underWay } = this.#parts;
    setNaming(call.children, 'named');
    if (call.registration.isOnce) this.#parts.replies.releaseReplyOf(call.messageId);
    this.#ongoing.leave(call);
    gate.release(call.cost);
    call.group?.leave();
    call.registration.running.leave();
    call.finish(error);
    underWay.leave();
  }
}

/** An error of the result's own, which the caller could take for one of the arguments. */
function ofResult({ registration }: RunningCall, error: unknown): unknown {
  if (!isInstance(error, SerializationError)) return error;
  return prefixMessage(error, `the result of ${calledName(registration.verb)}`);
}

/** Another try would be refused too. Where a caller takes errors as they are, it can tell by the status. */
function notAuthorized({ verb, hasStructuredErrors }: Registration): Error {
  const text = `not authorized to call ${verbLabel(verb)}`;
  return hasStructuredErrors ? new StatusError('permission-denied', text) : new Error(text);
}

async function runAuthorized(
  call: RunningCall,
  args: unknown[],
  authorize: Authorize,
): Promise<unknown> {
  const { registration, context } = call;
  // Nothing but true lets in: the hook may be JavaScript.
  if ((await authorize(context, registration.verb)) !== true) {
    throw notAuthorized(registration);
  }
  return registration.handler(context, ...args);
}
