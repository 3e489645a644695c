/**
 * The types of an object on the other side. Nothing here runs: what a service's type says is turned
 * into what its caller may pass and will get.
 */

import type { RemoteStream } from '../../types/value-stream.ts';
import type { Sink, Source } from '../../types/sink-source.ts';
import type { Signature } from '../../verb/verb.ts';

/**
 * The proxy of a service, by the service's own type: an interface or a class.
 *
 * - A method takes what {@link Sendable} makes of its arguments and returns a promise of what
 *   {@link Received} makes of its result, whether or not it is async itself. Where the result is a
 *   stream, it is a {@link StreamCall}.
 * - An object among the members is a service within the service, and a stream among them is iterated as
 *   it is; those of a class are there only if `expose` was told so. Values among them are not there.
 * - Members that are private, whose names begin with an underscore, or that every object has, such as
 *   `toString`, are not there. An optional member is there: only a call can tell whether the other
 *   side has it.
 * - Of an overloaded method the last signature counts, and type parameters become what they extend.
 * - A type that is `any` stays `any`; of one that is `unknown` nothing can be called.
 *
 * Source: kkrpc's `getAPI`, whose types are those of the object itself.
 *
 * @typeParam T - the service's type.
 */
export type Api<T> =
  IsAny<T> extends true
    ? T
    : { readonly [K in keyof T as MemberKey<K, T[K]>]-?: ApiMember<NonNullable<T[K]>> };

/**
 * What a method that returns a stream gives its caller. Either iterate it as it is, which sends the
 * call and asks for the first item in one, or await it for a stream to hold.
 *
 * @typeParam T - the item, as it arrives.
 */
export interface StreamCall<T> extends Promise<RemoteStream<T>>, AsyncIterable<T> {}

/**
 * What arrives of a value, at any depth.
 *
 * - Every stream arrives as a {@link RemoteStream}, a sink as the source of what is sent to it.
 * - A Map arrives as a record, and undefined in an array as null.
 * - An object arrives as its fields, without its methods and without what is private.
 * - What can't be sent is {@link NotSendable} and says why.
 * - All else, dates, bytes and the classes of js-bson among it, arrives as it is.
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
 * What a caller may pass where the service declares `T`, at any depth.
 *
 * - For an AsyncIterable or a RemoteStream: any AsyncIterable (a generator, `stream(…)`, a Source, a
 *   Readable, a stream that was received) and any ReadableStream.
 * - For a Source: the sink that `makeStreamSink` made.
 * - What would not arrive as it is declared is {@link NotSendable} and says why.
 * - For all else, what is declared.
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
 * A value that can't go to the other side; nothing is of this type.
 *
 * @typeParam Why - what is wrong, for whoever reads the compiler's message.
 */
export interface NotSendable<Why extends string> {
  /** Never present: carries the reason. */
  readonly [why]: Why;
}

declare const why: unique symbol;

/** The key, if its member can be called, or has members that can. */
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

/** Names that stay with the object, as they mean something else or are nobody's business. */
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
 * Arrays are told from tuples because TypeScript looks into a mapped array at once, which would never
 * end in a type like that of JSON.
 */
type ReceivedList<T extends readonly unknown[]> = T[number][] extends T
  ? T extends unknown[]
    ? ReceivedElement<T[number]>[]
    : readonly ReceivedElement<T[number]>[]
  : // An element that may be left out is another thing than one that may be undefined.
    { [K in keyof T]: ReceivedElement<Required<T>[K]> };

type SendableList<T extends readonly unknown[]> = T[number][] extends T
  ? T extends unknown[]
    ? Sendable<T[number]>[]
    : readonly Sendable<T[number]>[]
  : { [K in keyof T]: Sendable<T[K]> };

type ReceivedElement<E> = E extends undefined ? null : Received<E>;

/** A RemoteStream is what arrives, so it must do where the service declares `T`. */
type SendableStream<T, Item> =
  RemoteStream<Item> extends T
    ? AsyncIterable<Sendable<Item>> | ReadableStream<Sendable<Item>>
    : NotSendable<'a stream arrives as a RemoteStream: declare one, or an AsyncIterable'>;

/** What travels as it is. */
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

/** What does not travel. Arrays, Maps and streams are told apart before it. */
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
