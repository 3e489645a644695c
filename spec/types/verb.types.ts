/**
 * The types that a verb gives its handler and its caller. Compiled only; nothing here runs.
 */

import {
  type CallView,
  type Client,
  type HandlerContext,
  type Server,
  type Sink,
  type Source,
  type Verb,
  verb,
} from '../../lib/index.ts';
import { i32, i64, optional, packed, sinkOf, sourceOf, string } from '../../lib/layout.ts';
import type { OtherSide, ResultOf } from '../../lib/types.ts';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_equal: Equal<A, B>): void {}

declare const client: Client;
declare const view: CallView;
declare const server: Server;
declare const sink: Sink<[number, bigint]>;
declare const source: Source<[string]>;

// What a declaration makes.
const plain = verb<(a: number, b?: string) => Promise<boolean>>(1);
same<typeof plain, Verb<(a: number, b?: string) => Promise<boolean>>>(true);
const declared = verb(2, { args: packed(i32, optional(string)), result: packed(i64) });
same<typeof declared, Verb<(a: number, b?: string) => bigint>>(true);
const nothing = verb(3, { args: packed(i32) });
same<typeof nothing, Verb<(a: number) => void>>(true);
const several = verb(4, { args: packed(), result: packed(i32, i64, string) });
same<typeof several, Verb<() => [number, bigint, string]>>(true);
same<ResultOf<[]>, void>(true);
same<ResultOf<[string]>, string>(true);
same<ResultOf<[string?]>, string | undefined>(true);
same<ResultOf<[string, number]>, [string, number]>(true);

// What a caller passes and gets.
same<Promise<boolean>, ReturnType<typeof callPlain>>(true);
function callPlain() {
  return client.call(plain, 1, 'x');
}
void client.call(plain, 1);
void view.call(declared, 1, undefined);
// @ts-expect-error -- the first argument is missing
void client.call(plain);
// @ts-expect-error -- a number is no string
void client.call(plain, 1, 2);
// @ts-expect-error -- there is one argument too many
void client.call(nothing, 1, 2);

// Streams change sides.
const streams = verb<(label: string, input: Source<[number, bigint]>) => Sink<[string]>>(5);
const opened: Promise<Source<[string]>> = client.call(streams, 'p', sink);
void opened;
// @ts-expect-error -- a caller passes a sink where the handler reads a source
void client.call(streams, 'p', source);
const packedStreams = verb(6, {
  args: packed(sourceOf(i32, i64)),
  result: packed(sinkOf(string)),
});
const packedOpened: Promise<Source<[string]>> = client.call(packedStreams, sink);
void packedOpened;
same<OtherSide<Source<[number]>>, Sink<[number]>>(true);
same<
  OtherSide<{ title: string; rows: Sink<[number]>[]; at: Date; bytes: Uint8Array }>,
  { title: string; rows: Source<[number]>[]; at: Date; bytes: Uint8Array }
>(true);
same<OtherSide<Map<string, Source<[]>>>, Map<string, Sink<[]>>>(true);
same<OtherSide<[a: number, b?: Sink<[string]>]>, [a: number, b?: Source<[string]>]>(true);

// What a handler takes and returns.
server.handle(plain, (context, a, b) => {
  same<typeof context, HandlerContext>(true);
  same<typeof a, number>(true);
  same<typeof b, string | undefined>(true);
  return true;
});
server.handle(plain, async () => false);
server.handle(several, () => [1, 2n, 'three']);
server.handle(several, async () => [1, 2n, 'three']);
server.handle(nothing, async (_context, a) => {
  same<typeof a, number>(true);
});
server.handle(streams, (_context, _label, input) => input.makeSink<[string]>());
// @ts-expect-error -- the result is a boolean
server.handle(plain, () => 'yes');
// @ts-expect-error -- one member of the result is missing
server.handle(several, () => [1, 2n]);
// @ts-expect-error -- a handler can't ask for more than the verb has
server.handle(nothing, (_context, _a: number, _b: string) => {});

// Any verb can be looked up and given up.
server.hasHandler(plain);
void server.unhandle(streams);
void server.unhandle(declared);

// @ts-expect-error -- a result without arguments is no declaration
verb(7, { result: packed(i32) });
