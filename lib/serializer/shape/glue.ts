import type { ByteWriter } from '../../base/byte-writer.ts';
import type { ShapeCursor } from './shape-cursor.ts';
import type { WriteContext } from './write-context.ts';

/**
 * Takes an object's fields apart and puts them together. This is the part of a codec that knows
 * their names.
 */
export interface Glue {
  /**
   * Appends the fields of an object as elements.
   *
   * @throws with the field's step of the path.
   */
  write(value: object, out: ByteWriter, context: WriteContext): void;

  /**
   * Reads the elements of the document that the cursor has entered, to its end, and makes the
   * object.
   */
  read(cursor: ShapeCursor): object;
}

/**
 * Reads the rest of a document with elements that are not in the declared order, or not all
 * declared.
 *
 * @param values - the values of the fields that were read or, if they are optional, found to be
 * absent.
 */
export type ReadRest = (cursor: ShapeCursor, values: unknown[]) => object;
