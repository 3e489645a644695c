import { shownValue } from '../../base/shown-value.ts';
import { MisuseError } from '../../errors/errors.ts';
import { type FieldType, isFieldType, isOptionalField } from './field-type.ts';

/**
 * Checks the type of a container's elements.
 *
 * @throws MisuseError for a value that is not a type of fields, and for a type that may be left
 * out.
 */
export function checkElement(owner: string, type: unknown): asserts type is FieldType<unknown> {
  if (!isFieldType(type)) {
    const shown = shownValue(type);
    throw new MisuseError(
      `${owner} takes a type of BSON, such as i32, string or record({…}), not ${shown}`,
    );
  }
  if (isOptionalField(type)) {
    throw new MisuseError(`${owner}: what it holds can't be optional`);
  }
}
