import type { Member } from '../packed/member.ts';
import type { FieldType } from '../shape/field-type.ts';

/** A type that packed layouts and declared records both have. */
export interface ValueType<T> extends Member<T>, FieldType<T> {}
