/**
 * The types of an object on the other side. No code runs here: a service's type is turned into the
 * types that its caller may pass and will get.
 */

import type { RemoteStream } from '../../types/value-stream.ts';
import type { Sink, Source } from '../../types/sink-source.ts';
import type { Signature } from '../../verb/verb.ts';

/**
 * The proxy of a service, typed by the service's own type: an interface or a class.
 *
 * - A method takes arguments of type {@link Sendable} and returns a promise of {@link Received} of
 *   its result, whether or not it is async itself. If the result is a stream, it returns a
 *   {@link StreamCall}.
 * - A member that is an object is a service within the service. A member that is a stream can be
 *   iterated. Such members of a class are there only if `expose` was told so. Members that are
 *   plain values are not there.
 * - Private members, members with a name that begins with an underscore, and members that every
 *   object has, such as `toString`, are not there. An optional member is there: only a call can
 *   tell whether the other side has it.
 * - Of an overloaded method the last signature counts. Type parameters become the types that they
 *   extend.
 * - The type `any` stays `any`. On the type `unknown` nothing can be called.
 *
 * Source: kkrpc's `getAPI`, which types a proxy as the object itself.
 *
 * @typeParam T - the service's type.
 */
export type Api<T> =
  IsAny<T> extends true
    ? T
    : { readonly [K in keyof T as MemberKey<K, T[K]>]-?: ApiMember<NonNullable<T[K]>> };

/**
 * The result of a method that returns a stream. Either iterate it as it is, which sends the call
 * and asks for the first item in one step, or await it to get the stream.
 *
 * @typeParam T - the item, as it arrives.
 */
export interface StreamCall<T> extends Promise<RemoteStream<T>>, AsyncIterable<T> {}

/**
 * The type in which a value arrives, at any depth.
 *
 * - Every stream arrives as a {@link RemoteStream}; a sink arrives as the source of its messages.
 * - A Map arrives as a record, and undefined in an array as null.
 * - An object arrives as its fields, without methods and private members.
 * - A value that can't be sent is {@link NotSendable}, with the reason.
 * - Everything else, including dates, bytes and the classes of js-bson, arrives as it is.
 *
 * @typeParam T - the value as the service declares it.
 */
export type Received<T> =
  IsAny<T> extends true
    ? T
    : T extends Value
      ? T
      : T extends Sink<infer U>
        ? Source<U>
        : T extends AsyncIterable<infer Item> | ReadableStream<infer Item>
          ? RemoteStream<Received<Item>>
          : T extends ReadonlyMap<infer K, infer V>
            ? ReceivedMap<K, V>
            : T extends readonly unknown[]
              ? ReceivedList<T>
              : T extends Refused
                ? NotSendable<Refusal<T>>
                : T extends object
                  ? { [K in keyof T as FieldKey<K, T[K]>]: Received<T[K]> }
                  : T;

/**
 * The type that a caller may pass where the service declares `T`, at any depth.
 *
 * - For an AsyncIterable or a RemoteStream: any AsyncIterable (a generator, `stream(…)`, a Source,
 *   a Readable, a stream that was received) and any ReadableStream.
 * - For a Source: the sink that `makeStreamSink` made.
 * - A value that would not arrive as it is declared is {@link NotSendable}, with the reason.
 * - For everything else, the declared type.
 *
 * @typeParam T - the value as the service declares it.
 */
export type Sendable<T> =
  IsAny<T> extends true
    ? T
    : T extends Value
      ? T
      : T extends Source<infer U>
        ? Sink<U>
        : T extends Sink
          ? NotSendable<'a sink cannot be passed to a service: let it return one'>
          : T extends AsyncIterable<infer Item>
            ? SendableStream<T, Item>
            : T extends ReadonlyMap<unknown, unknown>
              ? NotSendable<'a Map arrives as a record: declare a Record'>
              : T extends readonly unknown[]
                ? SendableList<T>
                : T extends Refused
                  ? NotSendable<Refusal<T>>
                  : T extends object
                    ? { [K in keyof T]: Sendable<T[K]> }
                    : T;

/**
 * A value that can't go to the other side. No value has this type.
 *
 * @typeParam Why - the reason, which the compiler shows in its message.
 */
export interface NotSendable<Why extends string> {
  /** Never present: carries the reason. */
  readonly [why]: Why;
}

declare const why: unique symbol;

/** The key, if its member can be called, or has members that can be called. */
type MemberKey<K, M> = K extends symbol | LocalName
  ? never
  : IsAny<M> extends true
    ? K
    : [NonNullable<M>] extends [never]
      ? never
      : [NonNullable<M>] extends [Signature | AsyncIterable<unknown>]
        ? K
        : [NonNullable<M>] extends [Value | Refused]
          ? never
          : [NonNullable<M>] extends [object]
            ? K
            : never;

/** Names that stay with the object, because they have another meaning or are private. */
type LocalName =
  | `_${string}`
  | 'constructor'
  | 'hasOwnProperty'
  | 'isPrototypeOf'
  | 'propertyIsEnumerable'
  | 'then'
  | 'toJSON'
  | 'toLocaleString'
  | 'toString'
  | 'valueOf';

type ApiMember<M> =
  IsAny<M> extends true
    ? M
    : M extends Signature
      ? (...args: CallArguments<Parameters<M>>) => CallResult<Awaited<ReturnType<M>>>
      : M extends AsyncIterable<infer Item>
        ? AsyncIterable<Received<Item>>
        : Api<M>;

type CallArguments<A extends unknown[]> = { [K in keyof A]: Sendable<A[K]> };

type CallResult<R> =
  IsAny<R> extends true
    ? Promise<R>
    : [R] extends [never]
      ? Promise<R>
      : [R] extends [AsyncIterable<infer Item> | ReadableStream<infer Item>]
        ? StreamCall<Received<Item>>
        : Promise<Received<R>>;

/** The key, if its field is sent. */
type FieldKey<K, V> = K extends symbol
  ? never
  : [V] extends [null | undefined]
    ? K
    : [V] extends [Signature | null | undefined]
      ? never
      : K;

type ReceivedMap<K, V> = K extends string
  ? Record<string, Received<V>>
  : NotSendable<'the keys of a Map must be strings'>;

/**
 * Arrays are told from tuples because TypeScript looks into a mapped array at once. For a type like
 * that of JSON this would never end.
 */
type ReceivedList<T extends readonly unknown[]> = T[number][] extends T
  ? T extends unknown[]
    ? ReceivedElement<T[number]>[]
    : readonly ReceivedElement<T[number]>[]
  : // An element that may be left out differs from one that may be undefined.
    { [K in keyof T]: ReceivedElement<Required<T>[K]> };

type SendableList<T extends readonly unknown[]> = T[number][] extends T
  ? T extends unknown[]
    ? Sendable<T[number]>[]
    : readonly Sendable<T[number]>[]
  : { [K in keyof T]: Sendable<T[K]> };

type ReceivedElement<E> = E extends undefined ? null : Received<E>;

/** A RemoteStream arrives, so it must be allowed where the service declares `T`. */
type SendableStream<T, Item> =
  RemoteStream<Item> extends T
    ? AsyncIterable<Sendable<Item>> | ReadableStream<Sendable<Item>>
    : NotSendable<'a stream arrives as a RemoteStream: declare one, or an AsyncIterable'>;

/** Values that are sent as they are. */
type Value =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Date
  | Uint8Array
  | { readonly _bsontype: string };

/** Values that can't be sent. Arrays, Maps and streams are told apart before this. */
type Refused =
  | Signature
  | Constructor
  | symbol
  | RegExp
  | AbortSignal
  | PromiseLike<unknown>
  | ArrayBufferView
  | ArrayBufferLike
  | Iterable<unknown>;

type Constructor = abstract new (...args: never[]) => unknown;

type Refusal<T extends Refused> = T extends Signature | Constructor
  ? 'functions cannot be sent'
  : T extends symbol
    ? 'symbols cannot be sent'
    : T extends RegExp
      ? 'send a BSONRegExp'
      : T extends AbortSignal
        ? 'give it to client.api, which cancels the call at the other side'
        : T extends PromiseLike<unknown>
          ? 'await it first'
          : T extends ArrayBufferView | ArrayBufferLike
            ? 'send a Uint8Array of its bytes'
            : 'send an array, or its items through a stream';

/** The one way to tell `any`, which takes both branches of every other condition. */
type IsAny<T> = 0 extends 1 & T ? true : false;
