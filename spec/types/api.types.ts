/**
 * The types of an object on the other side. Compiled only; nothing here runs.
 */

import type { Long, ObjectId } from 'bson';
import type { Readable } from 'node:stream';

import type { Api, LocalStream, RemoteStream, Sink, Source } from '../../lib/index.ts';
import type { NotSendable, Received, Sendable, StreamCall } from '../../lib/types.ts';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_equal: Equal<A, B>): void {}
function loopOver(_items: AsyncIterable<unknown>): void {}
type Result<F extends (...args: never[]) => unknown> = Awaited<ReturnType<F>>;
type Items<T> = AsyncIterable<T> | ReadableStream<T>;

// ---- A store with every mode -------------------------------------------------------------

interface Entry {
  readonly key: string;
  value: Uint8Array;
  version: bigint;
  at?: Date;
}
interface Row {
  id: number;
  cells: AsyncIterable<string>;
}
interface Store {
  get(key: string): Promise<Uint8Array | undefined>;
  scan(prefix: string): AsyncIterable<Entry>;
  load(entries: AsyncIterable<Entry>): Promise<number>;
  tail(acks: AsyncIterable<number>): AsyncIterable<Entry>;
  table(name: string): Promise<{ title: string; rows: AsyncIterable<Row> }>;
  admin: { compact(): Promise<void>; logs: { tail(lines?: number): AsyncIterable<string> } };
}
declare const store: Api<Store>;
declare const entry: Entry;
declare const entries: AsyncIterable<Entry>;
declare const acks: AsyncIterable<number>;

same<Parameters<typeof store.get>, [key: string]>(true);
same<ReturnType<typeof store.get>, Promise<Uint8Array | undefined>>(true);
same<ReturnType<typeof store.scan>, StreamCall<Entry>>(true);
same<Parameters<typeof store.load>, [entries: Items<Entry>]>(true);
same<ReturnType<typeof store.load>, Promise<number>>(true);
same<Parameters<typeof store.tail>, [acks: Items<number>]>(true);
same<ReturnType<typeof store.tail>, StreamCall<Entry>>(true);
same<
  Result<typeof store.table>,
  { title: string; rows: RemoteStream<{ id: number; cells: RemoteStream<string> }> }
>(true);
same<ReturnType<typeof store.admin.compact>, Promise<void>>(true);
same<Parameters<typeof store.admin.logs.tail>, [lines?: number | undefined]>(true);
same<ReturnType<typeof store.admin.logs.tail>, StreamCall<string>>(true);

// A stream that is iterated as it is, awaited, or held.
async function iterate(): Promise<void> {
  loopOver(store.scan('a/'));
  for await (const item of store.scan('a/')) same<typeof item, Entry>(true);
  for await (const item of await store.scan('a/')) same<typeof item, Entry>(true);
  for await (const item of store.tail(acks)) same<typeof item, Entry>(true);
  await using held = await store.scan('a/');
  same<typeof held, RemoteStream<Entry>>(true);
  const { rows } = await store.table('t');
  for await (const row of rows) {
    for await (const cell of row.cells) same<typeof cell, string>(true);
  }
  const next = await held.read({ timeoutMs: 10 });
  if (!next.done) same<typeof next.value, Entry>(true);
  same<Awaited<ReturnType<typeof held.readBatch>>, Entry[] | undefined>(true);
  const readable: Readable = held.toReadable();
  const web: ReadableStream<Entry> = held.toReadableStream();
  held.cancel('enough');
  void [readable, web, held.ended, held.headers, held.trailers];
}
void iterate;

const both: Promise<RemoteStream<Entry>> & AsyncIterable<Entry> = store.scan('a/');
void both;

async function wrongResults(): Promise<void> {
  // @ts-expect-error -- one value is no stream
  loopOver(store.get('a'));
  // @ts-expect-error -- nor is it one when it is awaited
  loopOver(await store.table('t'));
  // @ts-expect-error -- the call is not awaited
  void store.get('a').length;
  // @ts-expect-error -- what is not there arrives as undefined
  void (await store.get('a')).length;
  // @ts-expect-error -- the bytes are no string
  const text: string = (await store.get('a')) ?? '';
  // @ts-expect-error -- the items are entries
  for await (const item of store.scan('a')) void item.cells;
  // @ts-expect-error -- an item's stream has to be iterated
  for await (const row of (await store.table('t')).rows) void row.cells[0];
  // @ts-expect-error -- the promise of a stream is no array
  void (await store.scan('a')).length;
  // @ts-expect-error -- the number of entries is no bigint
  const count: bigint = await store.load(entries);
  // @ts-expect-error -- there is no result to use
  const nothing: number = await store.admin.compact();
  // @ts-expect-error -- an item may be undefined, so a read says whether there is one
  const item: Entry | undefined = await (await store.scan('a')).read();
  void [text, count, nothing, item];
}
void wrongResults;

// What a caller may pass.
void store.load(entries);
void store.load(store.scan('a'));
void store.load(null as unknown as LocalStream<Entry>);
void store.load(null as unknown as RemoteStream<Entry>);
void store.load(null as unknown as ReadableStream<Entry>);
void store.load(null as unknown as Readable);
void store.load(null as unknown as AsyncGenerator<Entry, void, undefined>);
void store.admin.logs.tail();

// @ts-expect-error -- the key is missing
void store.get();
// @ts-expect-error -- a number is no key
void store.get(1);
// @ts-expect-error -- there is one argument too many
void store.get('a', 'b');
// @ts-expect-error -- there is no such method
void store.put('a');
// @ts-expect-error -- nor is there one in the inner service
void store.admin.flush();
// @ts-expect-error -- the inner service has another name
void store.administration.compact();
// @ts-expect-error -- a service is no method
void store.admin();
// @ts-expect-error -- methods have no methods
void store.get.compact();
// @ts-expect-error -- the innermost argument is a number
void store.admin.logs.tail('10');
// @ts-expect-error -- an array has to be made a stream first
void store.load([entry]);
// @ts-expect-error -- an entry is no stream of entries
void store.load(entry);
// @ts-expect-error -- the items are entries, not numbers
void store.load(acks);
// @ts-expect-error -- the items are entries, not strings
void store.load(null as unknown as ReadableStream<string>);
// @ts-expect-error -- a stream has to be called for
void store.load(store.scan);
// @ts-expect-error -- an item lacks its version
void store.load(null as unknown as AsyncIterable<{ key: string; value: Uint8Array }>);
// @ts-expect-error -- a proxy can't be changed
store.get = async () => undefined;

// ---- Every way to return a stream ----------------------------------------------------------

interface Streams {
  generator(): AsyncGenerator<number, string, undefined>;
  promised(): Promise<AsyncIterable<number>>;
  web(): ReadableStream<number>;
  readable(): Readable;
  local(): LocalStream<number>;
  remote(): Promise<RemoteStream<number>>;
  source(): Source<[string, number]>;
  sink(): Promise<Sink<[string, number]>>;
  perhaps(): Promise<AsyncIterable<number> | undefined>;
  either(): AsyncIterable<number> | AsyncIterable<string>;
  nested(): AsyncIterable<AsyncIterable<{ inner: ReadableStream<Uint8Array> }[]>>;
  readonly ticks: AsyncIterable<{ at: Date; beats: AsyncIterable<number> }>;
}
declare const streams: Api<Streams>;

same<ReturnType<typeof streams.generator>, StreamCall<number>>(true);
same<ReturnType<typeof streams.promised>, StreamCall<number>>(true);
same<ReturnType<typeof streams.web>, StreamCall<number>>(true);
same<ReturnType<typeof streams.local>, StreamCall<number>>(true);
same<ReturnType<typeof streams.remote>, StreamCall<number>>(true);
same<ReturnType<typeof streams.source>, StreamCall<[string, number]>>(true);
same<ReturnType<typeof streams.sink>, Promise<Source<[string, number]>>>(true);
same<ReturnType<typeof streams.perhaps>, Promise<RemoteStream<number> | undefined>>(true);
same<ReturnType<typeof streams.either>, StreamCall<number | string>>(true);
same<
  ReturnType<typeof streams.nested>,
  StreamCall<RemoteStream<{ inner: RemoteStream<Uint8Array> }[]>>
>(true);
same<typeof streams.ticks, AsyncIterable<{ at: Date; beats: RemoteStream<number> }>>(true);
// A Readable does not say what it holds.
for await (const chunk of streams.readable()) void (chunk as Uint8Array).length;

// @ts-expect-error -- there may be none
for await (const item of await streams.perhaps()) void item;
// @ts-expect-error -- a member that is a stream is no method
void streams.ticks();
// @ts-expect-error -- only calls can be awaited for a stream to hold
void streams.ticks.ended;

// ---- Streams anywhere in results -----------------------------------------------------------

interface Report {
  title: string;
  pages: AsyncIterable<{ lines: AsyncIterable<string> }>[];
  byName: Map<string, AsyncIterable<number>>;
  notes?: AsyncIterable<string>;
  body: { kind: 'text'; text: string } | { kind: 'stream'; chunks: ReadableStream<Uint8Array> };
  pair: [name: string, rows: AsyncIterable<Row>, ...rest: AsyncIterable<Row>[]];
  readonly appendix: Report | null;
}
interface ReceivedReport {
  title: string;
  pages: RemoteStream<{ lines: RemoteStream<string> }>[];
  byName: Record<string, RemoteStream<number>>;
  notes?: RemoteStream<string>;
  body: { kind: 'text'; text: string } | { kind: 'stream'; chunks: RemoteStream<Uint8Array> };
  pair: [
    name: string,
    rows: RemoteStream<{ id: number; cells: RemoteStream<string> }>,
    ...rest: RemoteStream<{ id: number; cells: RemoteStream<string> }>[],
  ];
  readonly appendix: ReceivedReport | null;
}
declare const report: Received<Report>;
declare const receivedReport: ReceivedReport;
const sameReport: ReceivedReport = report;
const reportAgain: Received<Report> = receivedReport;
void [sameReport, reportAgain];
same<typeof report.pages, RemoteStream<{ lines: RemoteStream<string> }>[]>(true);
same<typeof report.byName, Record<string, RemoteStream<number>>>(true);
same<typeof report.body, ReceivedReport['body']>(true);
same<typeof report.pair, ReceivedReport['pair']>(true);

// @ts-expect-error -- a Map arrives as a record
void report.byName.get('a');
// @ts-expect-error -- the notes may be missing
report.notes.cancel();
// @ts-expect-error -- one has to know the kind of the body
void report.body.chunks;
// @ts-expect-error -- what is declared as read-only is so here
report.appendix = null;

// ---- What travels unchanged, and what does not ---------------------------------------------

interface Values {
  text: string;
  kind: 'a' | 'b';
  flag: boolean;
  big: bigint;
  nothing: null;
  maybe: number | undefined;
  date: Date;
  bytes: Uint8Array;
  id: ObjectId;
  long: Long;
  record: Record<string, bigint>;
  list: readonly Date[];
  pair: [a: number, b?: string];
  unknown: unknown;
}
same<Received<Values>, Values>(true);
same<Sendable<Values>, Values>(true);
same<Received<string & { readonly brand: 'id' }>, string & { readonly brand: 'id' }>(true);
same<Received<{ any: Any; none: null; never: never }>, { any: Any; none: null; never: never }>(
  true,
);
same<Received<(string | undefined)[]>, (string | null)[]>(true);
same<Received<[a: string | undefined]>, [a: string | null]>(true);
same<Received<Map<'a' | 'b', bigint>>, Record<string, bigint>>(true);
same<Received<Map<string, Map<string, Date>>>, Record<string, Record<string, Date>>>(true);
same<Received<Map<number, bigint>>, NotSendable<'the keys of a Map must be strings'>>(true);
same<Received<Set<string>>, Received<Generator<string>>>(true);
same<Received<symbol>, NotSendable<'symbols cannot be sent'>>(true);
same<Received<{ id: number; print(): void; [Symbol.toStringTag]: string }>, { id: number }>(true);
same<Received<{ at: Promise<number> }>, { at: NotSendable<'await it first'> }>(true);
same<Received<Float64Array>, NotSendable<'send a Uint8Array of its bytes'>>(true);
same<Received<ArrayBuffer>, NotSendable<'send a Uint8Array of its bytes'>>(true);
same<Received<Received<Report>['body']>, ReceivedReport['body']>(true);

// ---- Functions don't travel ----------------------------------------------------------------

interface Callbacks {
  watch(key: string, onChange: (value: string) => void): Promise<void>;
  each(options: { prefix: string; onEntry?: (entry: Entry) => void }): Promise<void>;
  subscribe(key: string): Promise<() => void>;
  handlers(): (() => void)[];
  construct(type: typeof Date): void;
  stop(signal: AbortSignal): void;
}
declare const callbacks: Api<Callbacks>;
type NoFunction = NotSendable<'functions cannot be sent'>;
same<Parameters<typeof callbacks.watch>, [key: string, onChange: NoFunction]>(true);
same<ReturnType<typeof callbacks.subscribe>, Promise<NoFunction>>(true);
same<ReturnType<typeof callbacks.handlers>, Promise<NoFunction[]>>(true);
void callbacks.each({ prefix: 'a' });

// @ts-expect-error -- a function can't be sent
void callbacks.watch('a', (value) => value);
// @ts-expect-error -- nor anything in its place
void callbacks.watch('a', undefined);
// @ts-expect-error -- nor can a function in a field
void callbacks.each({ prefix: 'a', onEntry: () => {} });
// @ts-expect-error -- a function that is returned does not arrive as one
(await callbacks.subscribe('a'))();
// @ts-expect-error -- nor do those in an array
(await callbacks.handlers())[0]?.();
// @ts-expect-error -- a class can't be sent
void callbacks.construct(Date);
// @ts-expect-error -- a signal belongs to the call, not to its arguments
void callbacks.stop(AbortSignal.abort());

// ---- What would not arrive as it is declared -------------------------------------------------

interface Untrue {
  map(values: Map<string, number>): void;
  set(values: Set<string>): void;
  readable(input: Readable): void;
  iterator(input: AsyncGenerator<number>): void;
  sink(output: Sink<[string]>): void;
  entry(entry: { key: string; print(): void }): void;
}
declare const untrue: Api<Untrue>;
same<Parameters<typeof untrue.map>[0], NotSendable<'a Map arrives as a record: declare a Record'>>(
  true,
);
// @ts-expect-error -- a Map does not arrive as one
void untrue.map(new Map([['a', 1]]));
// @ts-expect-error -- a Set can't be sent
void untrue.set(new Set(['a']));
// @ts-expect-error -- a stream does not arrive as a Readable
void untrue.readable(null as unknown as Readable);
// @ts-expect-error -- nor as a generator
void untrue.iterator(null as unknown as AsyncGenerator<number>);
// @ts-expect-error -- a service can't be given a sink
void untrue.sink(null as unknown as Sink<[string]>);
// @ts-expect-error -- an object arrives without its methods
void untrue.entry({ key: 'a', print: () => {} });

// ---- Streams anywhere in arguments -----------------------------------------------------------

interface Inputs {
  merge(inputs: { name: string; rows: AsyncIterable<Row> }[], limit?: number): Promise<void>;
  all(...inputs: AsyncIterable<number>[]): AsyncIterable<number>;
  relay(stream: RemoteStream<number>): Promise<void>;
  drain(source: Source<[string, number]>): Promise<void>;
  optional(input?: AsyncIterable<number> | null): Promise<void>;
}
declare const inputs: Api<Inputs>;
same<
  Parameters<typeof inputs.merge>,
  [
    inputs: { name: string; rows: Items<{ id: number; cells: Items<string> }> }[],
    limit?: number | undefined,
  ]
>(true);
same<Parameters<typeof inputs.all>, Items<number>[]>(true);
same<Parameters<typeof inputs.relay>, [stream: Items<number>]>(true);
same<Parameters<typeof inputs.drain>, [source: Sink<[string, number]>]>(true);
same<Parameters<typeof inputs.optional>, [input?: Items<number> | null | undefined]>(true);
declare const numberCells: AsyncIterable<{ id: number; cells: AsyncIterable<number> }>;
void inputs.all();
void inputs.all(acks, null as unknown as ReadableStream<number>, acks);
void inputs.relay(acks);
void inputs.optional(null);

// @ts-expect-error -- one of the streams has wrong items
void inputs.all(acks, entries);
// @ts-expect-error -- a stream in a field has wrong items
void inputs.merge([{ name: 'a', rows: acks }]);
// @ts-expect-error -- a stream in an item has wrong items
void inputs.merge([{ name: 'a', rows: numberCells }]);
// @ts-expect-error -- a source is what the service reads, so its caller passes the sink
void inputs.drain(null as unknown as Source<[string, number]>);

// ---- Classes, plain results, and members that are none --------------------------------------

class Counter {
  readonly name = 'counter';
  readonly started = new Date();
  static created = 0;
  inner: Counter | undefined;
  ids?: Record<string, never>;
  tags: string[] = [];
  #count = 0;
  private readonly step = 1;
  protected limit = 10;

  increment(by = this.step): number {
    this.secret();
    this.#count += Math.min(by, this.limit);
    return this.#count;
  }
  async *count(to: number): AsyncGenerator<number> {
    for (let i = this.#count; i < to; i++) yield i;
  }
  reset?(): void;
  [Symbol.dispose](): void {}
  toString(): string {
    return this.name;
  }
  toJSON(): object {
    return {};
  }
  _internal(): void {}
  private secret(): void {}
}
class NamedCounter extends Counter {
  rename(name: string): { name: string; previous: string } {
    return { name, previous: this.name };
  }
}
declare const counter: Api<NamedCounter>;
same<keyof typeof counter, 'increment' | 'count' | 'reset' | 'rename' | 'inner' | 'ids'>(true);
same<typeof counter.increment, (by?: number) => Promise<number>>(true);
same<ReturnType<typeof counter.count>, StreamCall<number>>(true);
same<typeof counter.reset, () => Promise<void>>(true);
same<Result<typeof counter.rename>, { name: string; previous: string }>(true);
same<ReturnType<typeof counter.inner.increment>, Promise<number>>(true);

// @ts-expect-error -- a string is no method
void counter.name;
// @ts-expect-error -- nor is a date
void counter.started;
// @ts-expect-error -- nor is an array
void counter.tags;
// @ts-expect-error -- what is private stays here
void counter.secret();
// @ts-expect-error -- and so does what is protected
void counter.limit;
// @ts-expect-error -- and what begins with an underscore
void counter._internal();
// @ts-expect-error -- a symbol names nothing on the wire
counter[Symbol.dispose]();
// @ts-expect-error -- a static member is not the object's
void counter.created;
// @ts-expect-error -- a result that is no promise is one here
void (counter.increment() + 1);

// ---- Types that say little ----------------------------------------------------------------------

interface Loose {
  any(value: Any): Promise<Any>;
  unknown(value: unknown): Promise<unknown>;
  never(): Promise<never>;
  nothing(): void;
  optional(): Promise<{ a?: string }>;
  tree(): Promise<Json>;
}
type Any = ReturnType<typeof JSON.parse>;
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
declare const loose: Api<Loose>;
same<Api<Any>, Any>(true);
same<keyof Api<unknown>, never>(true);
same<typeof loose.any, (value: Any) => Promise<Any>>(true);
same<typeof loose.unknown, (value: unknown) => Promise<unknown>>(true);
same<typeof loose.never, () => Promise<never>>(true);
same<typeof loose.nothing, () => Promise<void>>(true);
same<Result<typeof loose.optional>, { a?: string }>(true);
const json: Json = await loose.tree();
void json;
declare const untyped: Api<Any>;
void untyped.anything.at.all(1, 'two');
declare const byName: Api<Record<string, (...args: unknown[]) => Promise<unknown>>>;
same<Awaited<ReturnType<(typeof byName)['x']>>, unknown>(true);

interface Generic {
  pick<K extends keyof Entry>(key: K): Promise<Entry[K]>;
  find(id: number): Promise<string>;
  find(name: string, exact: boolean): AsyncIterable<Entry>;
}
declare const generic: Api<Generic>;
same<typeof generic.pick, (key: keyof Entry) => Promise<Entry[keyof Entry]>>(true);
same<typeof generic.find, (name: string, exact: boolean) => StreamCall<Entry>>(true);

declare const nobody: Api<unknown>;
// @ts-expect-error -- nothing is known of the service
void nobody.call();
// @ts-expect-error -- nothing is known of the result
void (await loose.unknown(1)).name;
// @ts-expect-error -- of two signatures the last counts
void generic.find(1);
// @ts-expect-error -- a type parameter's bounds hold
void generic.pick('nope');

/** A parameter declared as the stream that a method receives takes any stream of its caller's. */
interface Summing {
  total(numbers: RemoteStream<number>): Promise<number>;
}
declare const summing: Api<Summing>;
declare const received: RemoteStream<number>;
declare function generated(): AsyncGenerator<number>;
void summing.total(received);
void summing.total(generated());
// @ts-expect-error -- items of another type
void summing.total(null as unknown as AsyncIterable<string>);
