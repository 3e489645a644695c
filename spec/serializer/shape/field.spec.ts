import { expect } from 'chai';

import { MisuseError } from '../../../lib/errors/errors.ts';
import type { FieldTypes } from '../../../lib/serializer/shape/field-type.ts';
import { fieldsOf } from '../../../lib/serializer/shape/field.ts';
import { i32 } from '../../../lib/serializer/types/integers.ts';

describe('serializer/shape/field', () => {
  it('takes fields from an object alone', () => {
    expect(fieldsOf({ a: i32 }).map(({ key }) => key)).to.deep.equal(['a']);
    for (const wrong of [undefined, null, 5, 'ab', () => {}, [i32]]) {
      expect(() => fieldsOf(wrong as unknown as FieldTypes)).to.throw(
        MisuseError,
        'record takes an object of fields, not',
      );
    }
  });
});
