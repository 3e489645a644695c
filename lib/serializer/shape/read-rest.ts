import type { Field } from './field.ts';
import type { ReadRest } from './glue.ts';
import type { Build } from './interpreted-glue.ts';
import type { ShapeCursor } from './shape-cursor.ts';

const NOWHERE = -1;

/**
 * Reads documents in any order. It checks the rest as any BSON message is checked, notes the places
 * of the declared fields, and then reads them. If a field is there twice, the last one counts. But
 * a member of a tuple, and a field that may hold streams, may not be there twice, since a stream
 * would be lost.
 */
export function makeReadRest(fields: readonly Field[], build: Build, isTuple: boolean): ReadRest {
  const indexes = new Map(fields.map(({ key }, i) => [inLatin1(key), i]));
  return (cursor, values) => {
    const places = findPlaces(cursor, indexes, values, (i) => {
      if (isTuple || fields[i]?.codec.hasStreams === true) cursor.refuse('is there twice');
    });
    fields.forEach(({ head, codec, segment, isOptional }, i) => {
      const place = places[i] ?? NOWHERE;
      if (place !== NOWHERE) {
        cursor.at = place;
        values[i] = codec.read(cursor, cursor.enter(head));
      } else if (i >= values.length) {
        if (!isOptional) cursor.refuseMissing(segment);
        values[i] = undefined;
      }
    });
    cursor.at = cursor.last;
    return build(values);
  };
}

/** Checks the elements up to the end of the document and finds the last place of each field. */
function findPlaces(
  cursor: ShapeCursor,
  indexes: ReadonlyMap<string, number>,
  values: readonly unknown[],
  onSecond: (index: number) => void,
): readonly number[] {
  const { bytes, last, scan, depth } = cursor;
  const places: number[] = Array<number>(indexes.size).fill(NOWHERE);
  while (cursor.at < last) {
    const elementAt = cursor.at;
    const { keysLeft } = scan;
    cursor.elementAt = elementAt;
    const keyEnd = scan.key(elementAt, last);
    const index = indexes.get(bytes.toString('latin1', elementAt + 1, keyEnd));
    if (index !== undefined) {
      if (places[index] !== NOWHERE || values[index] !== undefined) onSecond(index);
      places[index] = elementAt;
      // Declared fields are counted when they are read.
      scan.keysLeft = Infinity;
    }
    cursor.at = scan.value(elementAt, keyEnd + 1, last, depth);
    if (index !== undefined) scan.keysLeft = keysLeft;
  }
  return places;
}

/**
 * UTF-8 taken for Latin-1. It is made from bytes faster than the text itself, and is as
 * unambiguous.
 */
function inLatin1(key: string): string {
  return Buffer.from(key, 'utf8').toString('latin1');
}
