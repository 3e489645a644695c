import { misfitAt } from '../misfit.ts';
import type { Field } from './field.ts';
import type { Glue, ReadRest } from './glue.ts';
import { FIXED_BYTES } from './head.ts';
import { isInheritedByAll, ownValue } from './interpreted-glue.ts';

/**
 * Glue written out as code for these fields. With the names in its source, objects are taken apart
 * and made at the cost of hand-written code, and each call of a codec has one target. Loops over
 * the fields spend most of their time on these two (`micro.bson-shape`).
 *
 * Only the fields' names come into the source from outside, each as the literal that
 * `JSON.stringify` makes of it.
 *
 * @param isTuple - whether an array is made, and not an object.
 * @throws EvalError if code may not be generated.
 */
export function generatedGlue(
  fields: readonly Field[],
  readRest: ReadRest,
  isTuple: boolean,
): Glue {
  const source = `
    'use strict';
    ${fields.map((_, i) => `const codec${i} = fields[${i}].codec;`).join('\n')}
    return {
      write(value, out, context) {
        let index = 0;
        let buffer;
        let at = 0;
        try {
          ${fields.map(writeStep).join('\n')}
        } catch (error) {
          throw misfitAt(fields[index].segment, error);
        }
      },
      read(cursor) {
        const { bytes } = cursor;
        let type = 0;
        let at = 0;
        ${fields.map(readStep).join('\n')}
        if (cursor.at !== cursor.last) return readRest(cursor, ${valuesUpTo(fields.length)});
        ${isTuple ? `return ${valuesUpTo(fields.length)};` : buildSteps(fields)}
      },
    };`;
  // oxlint-disable-next-line typescript/no-implied-eval -- the names in it are literals; see above.
  const make = new Function('fields', 'readRest', 'misfitAt', 'ownValue', source) as (
    ...scope: [readonly Field[], ReadRest, typeof misfitAt, typeof ownValue]
  ) => Glue;
  return make(fields, readRest, misfitAt, ownValue);
}

function writeStep({ key, head, isOptional }: Field, i: number): string {
  const name = JSON.stringify(key);
  const value = isInheritedByAll(key) ? `ownValue(value, ${name})` : `value[${name}]`;
  return `
    index = ${i};
    const value${i} = ${value};
    ${isOptional ? `if (value${i} !== undefined)` : ''} {
      out.reserve(${head.length + FIXED_BYTES});
      ({ buffer, offset: at } = out);
      ${Array.from(head.subarray(1), (byte, k) => `buffer[at + ${k + 1}] = ${byte};`).join(' ')}
      codec${i}.write(value${i}, ${head.length}, out, context);
    }`;
}

function readStep({ head, isOptional }: Field, i: number): string {
  const sameKey = Array.from(head).map((byte, k) =>
    k === 0 ? '(type = bytes[at]) > 0' : `bytes[at + ${k}] === ${byte}`,
  );
  const otherwise = isOptional ? '' : `else return readRest(cursor, ${valuesUpTo(i)});`;
  return `
    at = cursor.at;
    let value${i};
    if (${sameKey.join(' && ')}) {
      cursor.elementAt = at;
      cursor.at = at + ${head.length};
      value${i} = codec${i}.read(cursor, type);
    } ${otherwise}`;
}

/**
 * One literal up to the first field that may be absent, so that the object has its form at once.
 */
function buildSteps(fields: readonly Field[]): string {
  const firstOptional = fields.findIndex(({ isOptional }) => isOptional);
  const certain = firstOptional === -1 ? fields.length : firstOptional;
  const entries = fields.slice(0, certain).map(({ key }, i) => `${JSON.stringify(key)}: value${i}`);
  const steps = fields.slice(certain).map(({ key, isOptional }, i) => {
    const value = `value${certain + i}`;
    const condition = isOptional ? `if (${value} !== undefined) ` : '';
    return `${condition}object[${JSON.stringify(key)}] = ${value};`;
  });
  return `const object = { ${entries.join(', ')} };\n${steps.join('\n')}\nreturn object;`;
}

function valuesUpTo(count: number): string {
  return `[${Array.from({ length: count }, (_, i) => `value${i}`).join(', ')}]`;
}
