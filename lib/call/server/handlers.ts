import type { RunInContext } from '../../base/async-context.ts';
import { ANY, FLAG, FUNCTION, having } from '../../base/option-kinds.ts';
import { checkArgument, judgedBy, optionsOf } from '../../base/public-function.ts';
import type { OptionKind, OptionTable } from '../../base/read-options.ts';
import { UnderWay } from '../../base/under-way.ts';
import { MisuseError } from '../../errors/errors.ts';
import { verbLabel } from '../../verb/verb-label.ts';
import { assertVerb, type Signature, type Verb } from '../../verb/verb.ts';
import type { U64 } from '../../wire/integers.ts';
import { VERB_LIMITS, type VerbLimits } from '../limits/call-limits.ts';
import { MAIN_MESSAGE_VERB } from '../common/main-messages.ts';
import { type Governor, verbGovernor } from '../limits/governor.ts';
import type { Group } from '../limits/group.ts';
import type { HandlerContext } from './handler-context.ts';

/** Serves a verb. A handler gets its context, then the arguments. */
export type Handler<F extends Signature> = (
  context: HandlerContext,
  ...args: Parameters<F>
) => ReturnType<F> | Awaited<ReturnType<F>> | Promise<Awaited<ReturnType<F>>>;

/** A handler of any verb, as the dispatcher calls it. */
export type AnyHandler = (context: HandlerContext, ...args: unknown[]) => unknown;

/** The context of a call, made ahead of its handler, and the means to run code in it. */
export interface PreparedCall {
  readonly context: object;
  readonly run: RunInContext;
}

/** Makes the context of a call ahead of its handler, so that subscribers find it. */
export type PrepareCall = (context: HandlerContext, args: unknown[]) => PreparedCall;

/** How a verb is served. */
export interface HandleOptions extends VerbLimits {
  /**
   * The group that the handler runs in.
   *
   * @default the connection's group, if its isolation names one
   */
  readonly group?: Group | undefined;
  /**
   * Whether replies are kept until the caller has them, so that a call runs exactly once for as long as
   * its client's session lives. While as much is kept as `sessionReplyBytes` allows, calls are refused
   * before they run. With clients below version 3 of our extension a call runs at most once, as ever.
   *
   * @default `once` of the verb
   */
  readonly once?: boolean | undefined;
  /**
   * @internal Whether callers that speak our extension get an error of the handler as the error
   *   itself.
   */
  readonly hasStructuredErrors?: boolean | undefined;
  /** @internal Used for calls that somebody watches. */
  readonly prepare?: PrepareCall | undefined;
}

/** The kind of an option that takes a group. */
export const GROUP: OptionKind = having('a Group', ['enter', 'leave']);

const HANDLE_OPTIONS: OptionTable<HandleOptions> = Object.freeze({
  ...VERB_LIMITS,
  group: GROUP,
  once: FLAG,
  hasStructuredErrors: ANY,
  prepare: ANY,
});

/** The public function that adds handlers. */
const HANDLE = 'server.handle';

/** A verb that is served. */
export interface Registration {
  readonly verb: Verb<Signature>;
  readonly handler: AnyHandler;
  readonly group: Group | undefined;
  /** Counts the verb's calls, if they are limited. */
  readonly governor: Governor | undefined;
  readonly hasStructuredErrors: boolean;
  /** Whether replies are kept until the caller has them. */
  readonly isOnce: boolean;
  readonly prepare: PrepareCall | undefined;
  /** Handlers of the verb that run, or wait for their turn. */
  readonly running: UnderWay;
}

/**
 * The verbs that a server serves. Source: Seastar's `protocol::register_handler` and related
 * functions.
 */
export class Handlers {
  readonly #byVerb = new Map<U64, Registration>();

  /** Whether any verb is served. */
  get hasAny(): boolean {
    return this.#byVerb.size > 0;
  }

  has(verb: U64): boolean {
    return this.#byVerb.has(verb);
  }

  get(verb: U64): Registration | undefined {
    return this.#byVerb.get(verb);
  }

  /**
   * Serves a verb.
   *
   * @throws MisuseError if it is none, is served already, or is reserved; OptionError for options
   * that can't work.
   */
  add(verb: Verb<Signature>, handler: AnyHandler, given: HandleOptions): void {
    assertVerb(verb, HANDLE);
    checkArgument(HANDLE, 'a handler', handler, FUNCTION);
    const options = optionsOf(HANDLE, given, HANDLE_OPTIONS);
    const governor = judgedBy(HANDLE, () => verbGovernor(options));
    if (verb.number === MAIN_MESSAGE_VERB) throw new MisuseError(`verb ${verb.number} is reserved`);
    if (this.#byVerb.has(verb.number)) {
      throw new MisuseError(`registered handler already exists for ${verbLabel(verb)}`);
    }
    this.#byVerb.set(verb.number, {
      verb,
      handler,
      group: options.group,
      governor,
      hasStructuredErrors: options.hasStructuredErrors ?? false,
      isOnce: (options.once ?? verb.isOnce) === true && !verb.isNoWait,
      prepare: options.prepare,
      running: new UnderWay(),
    });
  }

  /** Stops serving a verb for new calls at once. Resolves when its running handlers have ended. */
  async remove(verb: U64): Promise<void> {
    const registration = this.#byVerb.get(verb);
    if (registration === undefined) return;
    this.#byVerb.delete(verb);
    await registration.running.whenIdle();
  }
}
