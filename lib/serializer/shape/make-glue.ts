import type { Field } from './field.ts';
import { generatedGlue } from './generated-glue.ts';
import type { Glue } from './glue.ts';
import { type Build, interpretedGlue } from './interpreted-glue.ts';
import { makeReadRest } from './read-rest.ts';

/**
 * Code for more fields is too long for the engine to optimize, and grows with the square of their
 * number.
 */
const MAX_GENERATED_FIELDS = 64;

/** The glue of a record: generated code, or loops where the process may not generate code. */
export function recordGlue(fields: readonly Field[]): Glue {
  const build: Build = (values) => {
    const object: Record<string, unknown> = {};
    fields.forEach(({ key }, i) => {
      if (values[i] !== undefined) object[key] = values[i];
    });
    return object;
  };
  return makeGlue(fields, build, false);
}

/** The glue of a tuple, made in the same way. */
export function tupleGlue(members: readonly Field[]): Glue {
  return makeGlue(members, (values) => [...values], true);
}

function makeGlue(fields: readonly Field[], build: Build, isTuple: boolean): Glue {
  const readRest = makeReadRest(fields, build, isTuple);
  if (fields.length > MAX_GENERATED_FIELDS) return interpretedGlue(fields, readRest, build);
  try {
    return generatedGlue(fields, readRest, isTuple);
  } catch (error) {
    if (error instanceof EvalError) return interpretedGlue(fields, readRest, build);
    throw error;
  }
}
