import { MisuseError } from '../../errors/errors.ts';
import { checkElement } from '../shape/check-fields.ts';
import { type FieldType, isFieldType, type OptionalField } from '../shape/field-type.ts';
import { checkInner } from '../packed/check-members.ts';
import { isMember, type Member, minBytesOf, type OptionalMember } from '../packed/member.ts';
import type { ValueType } from './value-type.ts';

/**
 * A member that an older peer does not send, or that is left out. If the message ends before it, it
 * is absent and reads as undefined. Only the last members of a `packed(...)` can be optional; if
 * one is absent, all later ones are absent too. Within a declared record any field can be optional.
 *
 * Source: Seastar's `rpc::optional`.
 *
 * @throws MisuseError if values of `member` take no bytes, so that absence would not show.
 */
export function optional<T>(type: ValueType<T>): OptionalMember<T> & OptionalField<T>;
export function optional<T>(type: FieldType<T>): OptionalField<T>;
export function optional<T>(type: Member<T>): OptionalMember<T>;
export function optional<T>(type: Member<T> | FieldType<T>): OptionalMember<T> | OptionalField<T> {
  if (!isFieldType(type)) return optionalMember(type);
  const member = isMember(type) ? optionalMember(type) : undefined;
  checkElement('optional', type);
  return Object.freeze({ ...member, bson: type.bson, isOptional: true as const });
}

function optionalMember<T>(member: Member<T>): OptionalMember<T> {
  checkInner('optional', [member]);
  if (minBytesOf(member) === 0) {
    throw new MisuseError(
      `optional: the absence of ${member.name}, which takes no bytes, can't show`,
    );
  }
  return Object.freeze<OptionalMember<T>>({
    name: `optional(${member.name})`,
    minBytes: 0,
    isOptional: true,
    write(value, out, handles) {
      if (value !== undefined) member.write(value, out, handles);
    },
    read: (cursor) => (cursor.left === 0 ? undefined : member.read(cursor)),
  });
}
