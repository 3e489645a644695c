import { FLAG, kind } from '../base/option-kinds.ts';
import { optionsOf } from '../base/public-function.ts';
import type { OptionKind, OptionTable } from '../base/read-options.ts';
import { shownValue } from '../base/shown-value.ts';
import { MisuseError, OptionError } from '../errors/errors.ts';
import { prefixMessage } from '../errors/prefix-message.ts';
import { type Serializer, SERIALIZER } from '../serializer/serializer.ts';
import type { Sink, Source } from '../types/sink-source.ts';
import type { TupleSerializer } from '../types/tuple-serializer.ts';
import type { Metadata } from '../types/value-stream.ts';
import { toU64, type U64 } from '../wire/integers.ts';

/** A handler's signature, without its context. It reads sources and writes sinks. */
export type Signature = (...args: never[]) => unknown;

/**
 * One numbered operation, known to both sides under the same number. Made by {@link verb}.
 *
 * @typeParam F - the signature as the handler sees it; the caller sees Sink for Source and the other
 *   way round.
 */
export interface Verb<F extends Signature> {
  /** The number on the wire. */
  readonly number: U64;
  /** The serializer of the arguments; undefined means the connection's. */
  readonly args: Serializer | undefined;
  /** The serializer of the result; undefined means the connection's. */
  readonly result: Serializer | undefined;
  /** Whether no reply is sent, and the caller waits for none. */
  readonly isNoWait: boolean;
  /** Its name, for people; undefined for none. A method of a service has `service/path`. */
  readonly name?: string | undefined;
  /** Whether a call may be carried out more than once. */
  readonly isIdempotent?: boolean | undefined;
  /** Whether replies are kept until the caller has them. */
  readonly isOnce?: boolean | undefined;
  /** @internal Whether it can be called only if both ends speak our extension. */
  readonly needsExtension?: boolean | undefined;
  /** @internal The metadata among the arguments of a service's method. */
  readonly metadataOf?: ((args: unknown[]) => Metadata | undefined) | undefined;
  /** @internal The arguments as another connection takes them. Undefined means as they are. */
  readonly argsElsewhere?: ((args: unknown[]) => unknown[]) | undefined;
  /** Never present: carries the signature. */
  readonly signature?: F;
}

/** Options of a verb, besides its number. */
export interface VerbOptions {
  /**
   * No reply is sent, and the caller waits for none; a failing handler is only logged. Default:
   * false.
   */
  readonly noWait?: boolean | undefined;
  /**
   * A name for errors, logs and diagnostics, of 1 to 256 characters. It is never sent. Default:
   * none.
   */
  readonly name?: string | undefined;
  /**
   * Whether a call may be carried out more than once. If so, a call that loses its connection before its
   * reply is made again on the next one, within its time limit. A call without a reply, or with
   * streams among its arguments, never is. Default: false.
   */
  readonly idempotent?: boolean | undefined;
  /**
   * Whether the server keeps replies until the caller has them, as `once` of `server.handle` says. The
   * client tells the server within 50 ms that it has a reply, so that it is kept no longer. Default:
   * false.
   */
  readonly once?: boolean | undefined;
}

/** Options of a verb with declared bytes: its types are inferred from its serializers. */
export interface DeclaredVerb<A extends unknown[], R extends unknown[]> extends VerbOptions {
  /** The serializer of the arguments, for example `packed(i32, string)`. */
  readonly args: TupleSerializer<A>;
  /**
   * The serializer of the result. Several members make a tuple of results. Default: no result,
   * `void`.
   */
  readonly result?: TupleSerializer<R> | undefined;
}

/** The options of all verbs. */
interface AnyDeclaration extends VerbOptions {
  readonly args?: object | undefined;
  readonly result?: object | undefined;
}

const NAME: OptionKind = kind(
  'a text of 1 to 256 characters',
  (value) => typeof value === 'string' && value.length > 0 && value.length <= 256,
);

const DECLARATION: OptionTable<AnyDeclaration> = Object.freeze({
  noWait: FLAG,
  name: NAME,
  idempotent: FLAG,
  once: FLAG,
  args: SERIALIZER,
  result: SERIALIZER,
});

/** The value that stands for a result tuple: undefined, its one member, or the whole tuple. */
export type ResultOf<R extends unknown[]> = R extends []
  ? void
  : R extends [infer One]
    ? One
    : R extends [(infer One)?]
      ? One | undefined
      : R;

/**
 * Declares a verb, once, for both sides.
 *
 * @param number - 0 to 2^64-1, the same at both sides.
 * @throws OptionError for a number out of bounds.
 */
export function verb<A extends unknown[], R extends unknown[] = []>(
  number: number | bigint,
  declaration: DeclaredVerb<A, R>,
): Verb<(...args: A) => ResultOf<R>>;
/**
 * Declares a verb with arguments and result in the connection's serializer.
 *
 * @typeParam F - the signature as the handler sees it.
 */
export function verb<F extends Signature>(number: number | bigint, options?: VerbOptions): Verb<F>;
export function verb(number: number | bigint, given: AnyDeclaration = {}): Verb<Signature> {
  const options = optionsOf('verb', given, DECLARATION);
  // TupleSerializer is the public view of Serializer; there is no other implementation.
  const args = options.args as Serializer | undefined;
  return Object.freeze({
    number: checkNumber(number),
    args,
    result: (options.result as Serializer | undefined) ?? (args && NOTHING),
    isNoWait: options.noWait ?? false,
    name: options.name,
    isIdempotent: options.idempotent ?? false,
    isOnce: options.once ?? false,
  });
}

function checkNumber(number: number | bigint): U64 {
  try {
    // BigInt() would take texts and arrays as well.
    if (typeof number === 'number' || typeof number === 'bigint') return toU64(number);
  } catch {
    // It is out of bounds.
  }
  const problem = `${shownValue(number)} is no verb; it must be a whole number from 0 to 2^64-1`;
  throw prefixMessage(new OptionError('number', problem), 'verb');
}

/** @throws MisuseError that names the public function, unless the value is a verb. */
export function assertVerb(value: unknown, caller: string): asserts value is Verb<Signature> {
  if (!isVerb(value)) throw noVerb(value, caller);
}

/** Whether the value was made by {@link verb}, as far as a glance can tell. */
export function isVerb(value: unknown): value is Verb<Signature> {
  try {
    return (
      typeof value === 'object' &&
      value !== null &&
      typeof (value as Partial<Verb<Signature>>).isNoWait === 'boolean'
    );
  } catch {
    return false;
  }
}

/** The error for what was given where a verb was expected. */
export function noVerb(value: unknown, caller: string): MisuseError {
  const problem = `a verb must be one that verb(number) makes, not ${shownValue(value)}`;
  return new MisuseError(`${caller}: ${problem}`);
}

/** The serializer of a declared verb without a result. */
const NOTHING: Serializer<[]> = Object.freeze({
  name: 'nothing',
  arity: 0,
  encode: () => {},
  decode: (): [] => [],
});

/** Types that are plain values and not looked into. */
type Leaf =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | Date
  | RegExp
  | ArrayBufferView
  | { readonly _bsontype: string };

/** A type as the other side sees it: Sink for Source and the other way round, at any depth. */
export type OtherSide<T> = T extends Leaf
  ? T
  : T extends Source<infer U>
    ? Sink<U>
    : T extends Sink<infer U>
      ? Source<U>
      : T extends Map<infer K, infer V>
        ? Map<K, OtherSide<V>>
        : T extends object
          ? { [K in keyof T]: OtherSide<T[K]> }
          : T;

/** The arguments that a caller passes. */
export type CallerArguments<F extends Signature> =
  Parameters<F> extends infer A extends unknown[]
    ? Extract<{ [K in keyof A]: OtherSide<A[K]> }, unknown[]>
    : never;

/** The result that a caller gets. */
export type CallerResult<F extends Signature> = OtherSide<Awaited<ReturnType<F>>>;

/** A result as the tuple that its serializer takes. */
export function resultToTuple(serializer: Serializer, result: unknown): unknown[] {
  const { arity } = serializer;
  if (arity === undefined) return result === undefined ? [] : [result];
  if (arity === 0) return [];
  return arity === 1 ? [result] : (result as unknown[]);
}

/** The result that a decoded tuple stands for. */
export function tupleToResult(serializer: Serializer, tuple: unknown[]): unknown {
  const { arity } = serializer;
  return arity === undefined || arity <= 1 ? tuple[0] : tuple;
}
