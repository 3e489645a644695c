import type { Cancel } from '../../document/cancel-document.ts';
import type { WatchedCall } from '../../diagnostics/watched-call.ts';
import { CanceledError } from '../../errors/errors.ts';
import { isRpcError } from '../../errors/rpc-error.ts';
import { verbLabel } from '../../verb/verb-label.ts';
import { messageOf } from '../../errors/foreign.ts';
import { abortAll } from '../../stream/half/named-stream.ts';
import {
  CallPlace,
  type Governor,
  governorOf,
  type Refusal,
  takePlace,
} from '../limits/governor.ts';
import type { Group } from '../limits/group.ts';
import type { U64 } from '../../wire/integers.ts';
import type { CallParts } from './call-parts.ts';
import { CallRunner } from './call-runner.ts';
import type { ContextOwner } from './handler-context.ts';
import type { Registration } from './handlers.ts';
import { OngoingCalls } from './ongoing-calls.ts';
import type { Request } from './request.ts';
import { RunningCall } from './running-call.ts';
import type { ServerCore } from './server-core.ts';

/** The answer to a call with a reply that could not be kept. It has not run. */
const NO_ROOM_FOR_REPLY: Refusal = {
  text: 'no more replies are kept for the client (sessionReplyBytes)',
  retryAfterMs: undefined,
};

/**
 * Turns the requests of one client into calls: finds the handler, takes a place, decodes the
 * arguments.
 */
export class Dispatcher {
  readonly #core: ServerCore;
  readonly #parts: CallParts;
  /** The group for handlers that name none. */
  readonly #group: Group | undefined;
  /** They count the calls of the server and of the connection, if these are limited. */
  readonly #governors: readonly Governor[];
  /** The calls that go on. */
  readonly ongoing: OngoingCalls;
  readonly #runner: CallRunner;

  /** @param group - for handlers that name none; undefined for none. */
  constructor(core: ServerCore, parts: CallParts, group: Group | undefined) {
    this.#core = core;
    this.#parts = parts;
    this.#group = group;
    this.#governors = governorsOf(core);
    this.ongoing = new OngoingCalls(core.background, parts.log);
    this.#runner = new CallRunner(core, parts, this.ongoing);
  }

  /** Serves a request of the connection `owner`; never throws. */
  dispatch(request: Request, owner: ContextOwner): void {
    const registration = this.#core.handlers.get(request.verb);
    if (registration === undefined) {
      this.#parts.replies.sendUnknownVerb(request.messageId, request.verb);
      this.#parts.gate.release(request.cost);
      return;
    }
    if (registration.isOnce && this.#parts.replies.isFull) {
      this.#refuse(request, registration, NO_ROOM_FOR_REPLY);
      return;
    }
    const place = this.#takePlace(registration);
    if (place !== undefined && !(place instanceof CallPlace)) {
      this.#refuse(request, registration, place);
      return;
    }
    const args = this.#decode(request, registration);
    if (args === undefined) place?.release();
    else {
      if (registration.isOnce) this.#parts.replies.keepReplyOf(request.messageId);
      const call = new RunningCall({
        request,
        registration,
        owner,
        group: registration.group ?? this.#group,
        children: this.#parts.children.takeNamed(),
        place,
        clock: this.#core.environment.clock,
        ongoing: this.ongoing,
      });
      const watched = call.watch(args);
      if (watched === undefined) this.#runner.start(call, args);
      else this.#startWatched(call, watched, args);
    }
  }

  /** Answers a request that found no room and was not read. */
  turnAway(messageId: number, number: U64, text: string): void {
    const registration = this.#core.handlers.get(number);
    if (registration?.verb.isNoWait === true) return;
    const hasStructuredErrors = registration?.hasStructuredErrors ?? false;
    const refusal: Refusal = { text, retryAfterMs: undefined };
    this.#parts.failures.sendRefusal(messageId, refusal, hasStructuredErrors);
  }

  /** The server begins to close in order: the `draining` signals of its calls fire. */
  drain(cause: Error): void {
    this.ongoing.drain(cause);
  }

  /** The caller is gone: the signals of its calls fire. Handlers and background work run on. */
  end(cause: unknown): void {
    this.ongoing.end(cause);
  }

  /** Whether something of a call with this id goes on. */
  isOngoing(messageId: number): boolean {
    return this.ongoing.has(messageId);
  }

  /** The caller has given the call up: the handler's signal fires, and no reply is sent. */
  cancel(messageId: number, { reason, path }: Cancel): void {
    this.ongoing.cancel(messageId, new CanceledError('call', reason, 'remote', path));
  }

  /** Apart, as a closure in `dispatch` would cost each call a context of V8. */
  #startWatched(call: RunningCall, watched: WatchedCall, args: unknown[]): void {
    call.beginWatched(watched, args, () => this.#runner.start(call, args));
  }

  #takePlace({ governor }: Registration): CallPlace | Refusal | undefined {
    const all = governor === undefined ? this.#governors : [...this.#governors, governor];
    return takePlace(all, this.#core.environment.clock);
  }

  /** Turns the call away before any part of it was done. */
  #refuse(
    { messageId, cost }: Request,
    { verb, hasStructuredErrors }: Registration,
    refusal: Refusal,
  ): void {
    const { log, failures, gate } = this.#parts;
    if (verb.isNoWait) log.warnOfCall(messageId, `no_wait call refused: ${refusal.text}`);
    else failures.sendRefusal(messageId, refusal, hasStructuredErrors);
    gate.release(cost);
  }

  #decode(request: Request, { verb }: Registration): unknown[] | undefined {
    const { children, gate, log, replies } = this.#parts;
    const { environment } = this.#core;
    const { messageId } = request;
    const serializer = verb.args ?? environment.serializer;
    try {
      return serializer.decode(request.payload, children);
    } catch (error) {
      abortAll(children.takeNamed(), error, 'remote');
      const text = isRpcError(error) ? messageOf(error) : 'the arguments do not decode';
      log.warnOfCall(
        messageId,
        `caught exception while processing a message: ${text}, ${verbLabel(verb)}`,
      );
      const isSilent = environment.compatibility.isSilentOnBadRequest || verb.isNoWait;
      if (!isSilent) replies.sendError(messageId, text, undefined);
      gate.release(request.cost);
      return undefined;
    }
  }
}

function governorsOf({ governor, connectionCalls }: ServerCore): Governor[] {
  const own = governorOf('governance.perConnection', connectionCalls);
  return [governor, own].filter((each) => each !== undefined);
}
