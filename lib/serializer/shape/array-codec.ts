import type { ByteWriter } from '../../base/byte-writer.ts';
import { ARRAY } from '../bson/element-types.ts';
import type { StreamSearch } from '../bson/stream-search.ts';
import { Misfit, misfitAt } from '../misfit.ts';
import { typeName } from '../type-name.ts';
import type { Codec } from './codec.ts';
import { beginDocument, endDocument } from './document.ts';
import { IndexHead, putHead } from './head.ts';
import type { ShapeCursor } from './shape-cursor.ts';
import type { WriteContext } from './write-context.ts';

/** Arrays of values of one type. Their keys add nothing to their order. */
export class ArrayCodec<T> implements Codec<T[]> {
  readonly name: string;
  readonly hasStreams: boolean;
  readonly #element: Codec<T>;

  constructor(element: Codec<T>) {
    this.name = `array(${element.name})`;
    this.hasStreams = element.hasStreams;
    this.#element = element;
  }

  write(values: T[], headBytes: number, out: ByteWriter, context: WriteContext): void {
    if (!Array.isArray(values)) {
      throw new Misfit(`${this.name} takes an array, got ${typeName(values)}`);
    }
    context.enter();
    context.countKeys(values.length);
    const start = beginDocument(out, ARRAY, headBytes);
    const { buffer } = out;
    const before = out.byteLength;
    const keys = new IndexHead();
    let index = 0;
    try {
      // By index, so that a hole is refused as undefined and not skipped.
      for (; index < values.length; index++) {
        const keyBytes = putHead(out, keys.head);
        this.#element.write(values[index] as T, keyBytes, out, context);
        keys.advance();
      }
    } catch (error) {
      throw misfitAt(index, error);
    }
    endDocument(out, buffer, start, before);
    context.leave();
  }

  read(cursor: ShapeCursor, type: number): T[] {
    if (type !== ARRAY) cursor.refuseType(this.name, type);
    const outer = cursor.enterContainer();
    const values: T[] = [];
    while (cursor.at < cursor.last) values.push(this.#element.read(cursor, cursor.enterAny()));
    cursor.leaveContainer(outer);
    return values;
  }

  findStreams(value: unknown, search: StreamSearch): void {
    if (!this.hasStreams) return;
    for (const element of search.elements(value)) this.#element.findStreams?.(element, search);
  }
}
