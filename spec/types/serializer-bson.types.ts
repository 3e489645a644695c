/**
 * The types of the serializers that take any tuple, and of raw. Compiled only; nothing here runs.
 */

import { bson, createBson } from '../../lib/serializer/bson/bson.ts';
import { raw } from '../../lib/serializer/raw.ts';
import type { Serializer } from '../../lib/serializer/serializer.ts';
import type { TupleSerializer } from '../../lib/types/tuple-serializer.ts';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_equal: Equal<A, B>): void {}

same<typeof raw, Serializer<[Uint8Array]>>(true);
same<typeof bson, Serializer>(true);
same<ReturnType<typeof createBson>, Serializer>(true);

// BSON serves a stream of any tuples.
const typed: Serializer<[string, number]> = bson;
const tuples: TupleSerializer<[{ a: bigint }]> = bson;
void [typed, tuples];

// @ts-expect-error -- raw has one member of bytes
const wrong: Serializer<[string]> = raw;
void wrong;

createBson({ maxDepth: 5, maxKeys: undefined, refuseKeys: ['constructor'] as const });
// @ts-expect-error -- a limit is a number
createBson({ maxDepth: '5' });
// @ts-expect-error -- there is no such option
createBson({ depth: 5 });
