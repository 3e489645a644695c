import { Misfit, misfitAt } from '../misfit.ts';
import { ArrayCodec } from '../shape/array-codec.ts';
import { checkElement } from '../shape/check-fields.ts';
import { type FieldType, isFieldType } from '../shape/field-type.ts';
import { typeName } from '../type-name.ts';
import { checkCounted } from '../packed/check-members.ts';
import { isMember, type Member, minBytesOf } from '../packed/member.ts';
import type { ValueType } from './value-type.ts';

/**
 * Any number of values of one type: u32 count, then the values. Within a declared record, an array
 * of BSON.
 *
 * @throws MisuseError if values of `element` take no bytes, or may be absent.
 */
export function array<T>(element: ValueType<T>): ValueType<T[]>;
export function array<T>(element: FieldType<T>): FieldType<T[]>;
export function array<T>(element: Member<T>): Member<T[]>;
export function array<T>(element: Member<T> | FieldType<T>): Member<T[]> | FieldType<T[]> {
  if (!isFieldType(element)) return packedArray(element);
  const member = isMember(element) ? packedArray(element) : undefined;
  checkElement('array', element);
  return Object.freeze({ ...member, bson: new ArrayCodec(element.bson) });
}

function packedArray<T>(element: Member<T>): Member<T[]> {
  checkCounted('array', [element]);
  const name = `array(${element.name})`;
  const minBytes = minBytesOf(element);
  return Object.freeze<Member<T[]>>({
    name,
    minBytes: 4,
    write(values, out, handles) {
      if (!Array.isArray(values))
        throw new Misfit(`${name} takes an array, got ${typeName(values)}`);
      out.reserve(4);
      out.offset = out.buffer.writeUInt32LE(values.length, out.offset);
      let index = 0;
      try {
        // By index, so that a hole is refused as undefined and not skipped.
        for (; index < values.length; index++) element.write(values[index] as T, out, handles);
      } catch (error) {
        throw misfitAt(index, error);
      }
    },
    read(cursor) {
      const count = cursor.takeCount(minBytes, name);
      const values: T[] = [];
      try {
        while (values.length < count) values.push(element.read(cursor));
      } catch (error) {
        throw misfitAt(values.length, error);
      }
      return values;
    },
  });
}
