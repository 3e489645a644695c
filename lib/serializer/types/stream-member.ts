import type { Sink, Source } from '../../types/sink-source.ts';
import { STREAM_HANDLE } from '../../types/stream-handle.ts';
import { hasField } from '../../errors/foreign.ts';
import { checkMembers } from '../packed/check-members.ts';
import { Misfit } from '../misfit.ts';
import type { Serializer } from '../serializer.ts';
import { checkSerializer, StreamCodec } from '../shape/stream-codec.ts';
import { u64 } from './int64.ts';
import type { Member, TupleOf } from '../packed/member.ts';
import { packed } from '../packed/packed.ts';
import type { ValueType } from './value-type.ts';

type Members = readonly Member<unknown>[];

/**
 * A stream that the declaring side reads: its bare u64 connection id. The sender passes a sink, the
 * receiver gets the source. Takes the members of the stream's messages, or a whole serializer such
 * as `raw` or a declared record. Within a declared record, a handle as `bson` writes it.
 *
 * On the wire it is the same as {@link sinkOf}. The two give different types.
 *
 * Source: Seastar rpc_impl.hh `marshall` of `rpc::sink` and `unmarshall` of `rpc::source`.
 */
export function sourceOf<T extends unknown[]>(serializer: Serializer<T>): ValueType<Source<T>>;
export function sourceOf<const M extends Members>(...members: M): ValueType<Source<TupleOf<M>>>;
export function sourceOf(...parts: unknown[]): unknown {
  return streamMember('sourceOf', parts);
}

/**
 * A stream that the declaring side writes; otherwise as {@link sourceOf}.
 *
 * Source: Seastar rpc_impl.hh `marshall` of `rpc::sink`.
 */
export function sinkOf<T extends unknown[]>(serializer: Serializer<T>): ValueType<Sink<T>>;
export function sinkOf<const M extends Members>(...members: M): ValueType<Sink<TupleOf<M>>>;
export function sinkOf(...parts: unknown[]): unknown {
  return streamMember('sinkOf', parts);
}

function streamMember(owner: string, parts: unknown[]): ValueType<object> {
  const serializer = serializerOf(owner, parts);
  return Object.freeze<ValueType<object>>({
    name: `stream(${serializer.name})`,
    minBytes: 8,
    bson: new StreamCodec(serializer),
    write(handle, out, handles) {
      if (typeof handle !== 'object' || handle === null || !(STREAM_HANDLE in handle)) {
        throw new Misfit('takes a sink');
      }
      const described = handles.describe(handle, serializer);
      checkSerializer(serializer, described.serializer);
      u64.write(described.id, out, handles);
    },
    read: (cursor) => cursor.handles.resolve(u64.read(cursor), serializer),
  });
}

/** Without a whole serializer, the overloads allow members only. */
function serializerOf(owner: string, parts: unknown[]): Serializer {
  const [whole] = parts;
  if (parts.length === 1 && isSerializer(whole)) return whole;
  const members = parts as Member<unknown>[];
  checkMembers(owner, members);
  return packed(...members);
}

function isSerializer(part: unknown): part is Serializer {
  return hasField(part, 'encode') && hasField(part, 'decode');
}
