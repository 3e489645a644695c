/**
 * The types that `packed` infers. Compiled only; nothing here runs.
 */

import { array } from '../../lib/serializer/types/array.ts';
import { bool } from '../../lib/serializer/types/bool.ts';
import { bytes } from '../../lib/serializer/types/bytes.ts';
import { f64 } from '../../lib/serializer/types/floats.ts';
import { i64, u64 } from '../../lib/serializer/types/int64.ts';
import { i32, u8 } from '../../lib/serializer/types/integers.ts';
import { map } from '../../lib/serializer/types/map.ts';
import type { Member } from '../../lib/serializer/packed/member.ts';
import { optional } from '../../lib/serializer/types/optional.ts';
import { packed } from '../../lib/serializer/packed/packed.ts';
import { sinkOf, sourceOf } from '../../lib/serializer/types/stream-member.ts';
import { string } from '../../lib/serializer/types/string.ts';
import { tuple } from '../../lib/serializer/types/tuple.ts';
import { raw } from '../../lib/serializer/raw.ts';
import type { Serializer } from '../../lib/serializer/serializer.ts';
import type { Sink, Source } from '../../lib/types/sink-source.ts';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_equal: Equal<A, B>): void {}

const plain = packed(i32, i64, f64, bool, string, bytes);
same<typeof plain, Serializer<[number, bigint, number, boolean, string, Uint8Array]>>(true);

const empty = packed();
same<typeof empty, Serializer<[]>>(true);

const nested = packed(array(tuple(u8, string)), map(string, array(u64)));
same<typeof nested, Serializer<[[number, string][], Map<string, bigint[]>]>>(true);

const grown = packed(string, optional(i32), optional(array(string)));
same<typeof grown, Serializer<[string, (number | undefined)?, (string[] | undefined)?]>>(true);

const streams = packed(sourceOf(i32, i64), sinkOf(string));
same<typeof streams, Serializer<[Source<[number, bigint]>, Sink<[string]>]>>(true);

const rawStreams = packed(sourceOf(raw), sinkOf(raw), sourceOf(packed(i32)), sourceOf());
same<
  typeof rawStreams,
  Serializer<[Source<[Uint8Array]>, Sink<[Uint8Array]>, Source<[number]>, Source<[]>]>
>(true);

const streamOfStreams = packed(sourceOf(sinkOf(string), optional(i32)));
same<typeof streamOfStreams, Serializer<[Source<[Sink<[string]>, (number | undefined)?]>]>>(true);

declare const date: Member<Date>;
const own = packed(date, array(date));
same<typeof own, Serializer<[Date, Date[]]>>(true);

declare const members: Member<number>[];
const dynamic = packed(...members);
same<typeof dynamic, Serializer<unknown[]>>(true);

declare function send<T extends unknown[]>(serializer: Serializer<T>, ...tuple: T): void;
send(grown, 'a');
send(grown, 'a', undefined);
send(grown, 'a', 1, ['b']);
// @ts-expect-error -- the first member is not optional
send(grown);
// @ts-expect-error -- an i32 is a number
send(packed(i32), 1n);
// @ts-expect-error -- an i64 is a bigint
send(packed(i64), 1);
// @ts-expect-error -- a member is missing
send(packed(i32, i32), 1);
// @ts-expect-error -- there is one member too many
send(packed(i32), 1, 2);
// @ts-expect-error -- a value is no member
packed('i32');
