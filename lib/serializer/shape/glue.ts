import type { ByteWriter } from '../../base/byte-writer.ts';
import type { ShapeCursor } from './shape-cursor.ts';
import type { WriteContext } from './write-context.ts';

/** What an object and its fields are held together by: the part of a codec that knows their names. */
export interface Glue {
  /**
   * Appends the fields of an object as elements.
   *
   * @throws with the field's step of the path.
   */
  write(value: object, out: ByteWriter, context: WriteContext): void;

  /**
   * Reads the elements of the document that the cursor has entered, to its end, and makes the object
   * of them.
   */
  read(cursor: ShapeCursor): object;
}

/**
 * Reads what is left of a document whose elements do not come in the declared order, or are not all
 * declared.
 *
 * @param values - of the fields that were read or, where they are optional, found to be absent.
 */
export type ReadRest = (cursor: ShapeCursor, values: unknown[]) => object;
