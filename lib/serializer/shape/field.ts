import { shownValue } from '../../base/shown-value.ts';
import { MisuseError } from '../../errors/errors.ts';
import { readField } from '../../errors/foreign.ts';
import { isWellFormed } from '../utf8.ts';
import type { PathSegment } from '../value-path.ts';
import type { Codec } from './codec.ts';
import { type FieldType, type FieldTypes, isFieldType, isOptionalField } from './field-type.ts';
import { type Head, headOf } from './head.ts';

/** One field of a declared record, or one member of a declared tuple. */
export interface Field {
  /** The key in the document. */
  readonly key: string;
  /** The step in paths: a member's is its index. */
  readonly segment: PathSegment;
  readonly head: Head;
  readonly codec: Codec<unknown>;
  readonly isOptional: boolean;
}

/** Keys that are refused in plain BSON messages too. */
const NEVER_KEYS = ['__proto__', '_bsontype'];

/**
 * The fields of a record, in the order in which objects list them.
 *
 * @throws MisuseError for a name that is refused, and for a value that is not a type of fields.
 */
export function fieldsOf(types: FieldTypes): Field[] {
  const keys = keysOf(types);
  if (keys.includes('$ref') && keys.includes('$id')) {
    throw new MisuseError('record: fields $ref and $id together are a DBRef to BSON');
  }
  return keys.map((key) =>
    fieldOf(key, key, readField(types, key), `record: field ${JSON.stringify(key)}`),
  );
}

function keysOf(types: unknown): string[] {
  try {
    if (typeof types === 'object' && types !== null && !Array.isArray(types)) {
      return Object.keys(types);
    }
  } catch {
    // It can't be read.
  }
  throw new MisuseError(`record takes an object of fields, not ${shownValue(types)}`);
}

/**
 * The members of a tuple. @throws MisuseError for a value that is not a type of fields, and for a
 * required member behind an optional one.
 */
export function membersOf(types: readonly FieldType<unknown>[]): Field[] {
  const members = types.map((type, i) => fieldOf(String(i), i, type, `shaped: member ${i}`));
  members.forEach((member, i) => {
    if (member.isOptional || members[i - 1]?.isOptional !== true) return;
    throw new MisuseError(`shaped: member ${i} can't follow one that is optional`);
  });
  return members;
}

function fieldOf(key: string, segment: PathSegment, type: unknown, where: string): Field {
  if (NEVER_KEYS.includes(key) || key.includes('\0') || !isWellFormed(key)) {
    throw new MisuseError(`${where} can't have this name`);
  }
  if (!isFieldType(type)) {
    throw new MisuseError(
      `${where} is no type of BSON, such as i32, string or record({…}), but ${shownValue(type)}`,
    );
  }
  return { key, segment, head: headOf(key), codec: type.bson, isOptional: isOptionalField(type) };
}
