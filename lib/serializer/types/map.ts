import { isMap } from 'node:util/types';

import { Misfit, misfitAt } from '../misfit.ts';
import { checkElement } from '../shape/check-fields.ts';
import { type FieldType, isFieldType } from '../shape/field-type.ts';
import { MapCodec } from '../shape/map-codec.ts';
import { typeName } from '../type-name.ts';
import type { PathSegment } from '../value-path.ts';
import { checkCounted } from '../packed/check-members.ts';
import { isMember, type Member, minBytesOf } from '../packed/member.ts';
import { string } from './string.ts';
import type { ValueType } from './value-type.ts';

/**
 * A Map: u32 count, then a key and a value each, in the Map's order. If a message has a key twice,
 * the last value counts. Within a declared record, a document; its keys are strings.
 *
 * @throws MisuseError if pairs take no bytes, or a part may be absent.
 */
export function map<V>(key: ValueType<string>, value: ValueType<V>): ValueType<Map<string, V>>;
export function map<V>(key: ValueType<string>, value: FieldType<V>): FieldType<Map<string, V>>;
export function map<K, V>(key: Member<K>, value: Member<V>): Member<Map<K, V>>;
export function map(
  key: Member<unknown>,
  value: Member<unknown> | FieldType<unknown>,
): Member<Map<unknown, unknown>> | FieldType<Map<string, unknown>> {
  if (key !== string || !isFieldType(value)) return packedMap(key, value as Member<unknown>);
  const member = isMember(value) ? packedMap(key, value) : undefined;
  checkElement('map', value);
  return Object.freeze({ ...member, bson: new MapCodec(value.bson) });
}

function packedMap<K, V>(key: Member<K>, value: Member<V>): Member<Map<K, V>> {
  checkCounted('map', [key, value]);
  const name = `map(${key.name},${value.name})`;
  const minBytes = minBytesOf(key) + minBytesOf(value);
  return Object.freeze<Member<Map<K, V>>>({
    name,
    minBytes: 4,
    write(pairs, out, handles) {
      if (!isMap(pairs)) throw new Misfit(`${name} takes a Map, got ${typeName(pairs)}`);
      out.reserve(4);
      out.offset = out.buffer.writeUInt32LE(pairs.size, out.offset);
      let at: PathSegment = 0;
      try {
        for (const [k, v] of pairs) {
          at = segmentOf(k);
          key.write(k, out, handles);
          value.write(v, out, handles);
        }
      } catch (error) {
        throw misfitAt(at, error);
      }
    },
    read(cursor) {
      const count = cursor.takeCount(minBytes, name);
      const pairs = new Map<K, V>();
      let at: PathSegment = 0;
      try {
        for (let index = 0; index < count; index++) {
          at = index;
          const k = key.read(cursor);
          at = segmentOf(k);
          pairs.set(k, value.read(cursor));
        }
      } catch (error) {
        throw misfitAt(at, error);
      }
      return pairs;
    },
  });
}

/** Keys without a text of their own are shown by their type. */
function segmentOf(key: unknown): PathSegment {
  if (typeof key === 'number' || typeof key === 'string') return key;
  return typeof key === 'bigint' || typeof key === 'boolean' ? String(key) : typeof key;
}
