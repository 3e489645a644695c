import {
  bytes,
  i32,
  i64,
  packed,
  type Serializer,
  sinkOf,
  sourceOf,
  string,
  u32,
  u64,
} from '../../lib/layout.ts';
import { type Sink, type Source, type Verb, verb } from '../../lib/index.ts';

/*
 * The verbs of `seapeer`, the C++ program at both ends of the captured conversations, in its layouts:
 * numbers little endian, a string as u32 length and bytes, a stream as the u64 id of its connection.
 */

/** Messages that need not be UTF-8. */
export const blobs: Serializer<[Uint8Array]> = packed(bytes);
/** Messages of text. */
export const texts: Serializer<[string]> = packed(string);
/** Messages of two numbers. */
export const pairs: Serializer<[number, bigint]> = packed(i32, i64);

type Blobs = Source<[Uint8Array]>;
type BlobsOut = Sink<[Uint8Array]>;

/** Gives the text back. */
export const echo: Verb<(text: string) => string> = verb(1, { args: texts, result: texts });

/** The sum of two numbers. */
export const add: Verb<(a: number, b: number) => number> = verb(2, {
  args: packed(i32, i32),
  result: packed(i32),
});

/** Fails with a `std::runtime_error` of that text. */
export const fail: Verb<(text: string) => void> = verb(3, { args: texts });

/** Replies after so many milliseconds. */
export const sleep: Verb<(ms: number) => void> = verb(4, { args: packed(u32) });

/** Gets no reply, and is counted. */
export const oneWay: Verb<(text: string) => void> = verb(5, { args: texts, noWait: true });

/** How many one-way calls have come. */
export const oneWayCount: Verb<() => bigint> = verb(6, { args: packed(), result: packed(u64) });

/** Sends every message back; the number means nothing. */
export const streamEcho: Verb<(aux: number, input: Blobs) => BlobsOut> = verb(10, {
  args: packed(i32, sourceOf(blobs)),
  result: packed(sinkOf(blobs)),
});

/** Sends `count` messages of `size` bytes; those of the n-th all have the value n. */
export const streamProduce: Verb<(count: bigint, size: number, input: Blobs) => BlobsOut> = verb(
  11,
  { args: packed(u64, u32, sourceOf(blobs)), result: packed(sinkOf(blobs)) },
);

/** Reads to the end and replies with `messages,bytes,crc32`. */
export const streamConsume: Verb<(input: Blobs) => string> = verb(12, {
  args: packed(sourceOf(blobs)),
  result: texts,
});

/** Sends three messages and aborts the stream a little later. */
export const streamAbort: Verb<(input: Blobs) => Sink<[string]>> = verb(13, {
  args: packed(sourceOf(blobs)),
  result: packed(sinkOf(texts)),
});

/** Sends each pair back as the text `a:b`. */
export const streamPair: Verb<(aux: number, input: Source<[number, bigint]>) => Sink<[string]>> =
  verb(14, { args: packed(i32, sourceOf(pairs)), result: packed(sinkOf(texts)) });

/** Waits so many milliseconds before each read, and replies with `messages,bytes`. */
export const streamSlowConsume: Verb<(ms: number, input: Blobs) => string> = verb(16, {
  args: packed(u32, sourceOf(blobs)),
  result: texts,
});

/** A verb that no seapeer serves. */
export const unknown: Verb<(text: string) => void> = verb(999, { args: texts });

/** The same, called without waiting. */
export const unknownOneWay: Verb<(text: string) => void> = verb(999, { args: texts, noWait: true });

/** The same, with a stream. */
export const unknownStream: Verb<(aux: number, input: Blobs) => void> = verb(999, {
  args: packed(i32, sourceOf(blobs)),
});
