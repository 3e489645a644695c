import { misfitAt } from '../misfit.ts';
import type { Field } from './field.ts';
import type { Glue, ReadRest } from './glue.ts';
import { putHead } from './head.ts';
import { NO_MATCH } from './shape-cursor.ts';

/** Makes the object of a record, or the array of a tuple, out of its fields' values. */
export type Build = (values: readonly unknown[]) => object;

/** Glue without generated code, by loops over the fields; see {@link generatedGlue}. */
export function interpretedGlue(fields: readonly Field[], readRest: ReadRest, build: Build): Glue {
  return {
    write(value, out, context) {
      let segment: Field['segment'] = '';
      try {
        for (const field of fields) {
          segment = field.segment;
          const one = ownValue(value, field.key);
          if (one === undefined && field.isOptional) continue;
          field.codec.write(one, putHead(out, field.head), out, context);
        }
      } catch (error) {
        throw misfitAt(segment, error);
      }
    },
    read(cursor) {
      const values: unknown[] = [];
      for (const { head, codec, isOptional } of fields) {
        const type = cursor.enter(head);
        if (type !== NO_MATCH) values.push(codec.read(cursor, type));
        else if (isOptional) values.push(undefined);
        else return readRest(cursor, values);
      }
      return cursor.at === cursor.last ? build(values) : readRest(cursor, values);
    },
  };
}

/**
 * The value of a field. Members that every object inherits, such as `constructor`, are not fields.
 */
export function ownValue(value: object, key: string): unknown {
  return isInheritedByAll(key) && !Object.hasOwn(value, key) ? undefined : Reflect.get(value, key);
}

/** Whether every object has a member of that name. */
export function isInheritedByAll(key: string): boolean {
  return key in Object.prototype;
}
