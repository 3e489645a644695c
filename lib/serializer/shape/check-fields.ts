import { MisuseError } from '../../errors/errors.ts';
import { type FieldType, isFieldType, isOptionalField } from './field-type.ts';

/**
 * Judges the type of what a container holds.
 *
 * @throws MisuseError for what is no type of fields, and for one that may be left out.
 */
export function checkElement(owner: string, type: unknown): asserts type is FieldType<unknown> {
  if (!isFieldType(type)) {
    throw new MisuseError(`${owner} takes a type of BSON, such as i32, string or record({…})`);
  }
  if (isOptionalField(type)) {
    throw new MisuseError(`${owner}: what it holds can't be optional`);
  }
}
