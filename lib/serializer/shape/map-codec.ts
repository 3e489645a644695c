import { isMap } from 'node:util/types';

import type { ByteWriter } from '../../base/byte-writer.ts';
import { DOCUMENT } from '../bson/element-types.ts';
import type { StreamSearch } from '../bson/stream-search.ts';
import { Misfit, misfitAt } from '../misfit.ts';
import { typeName } from '../type-name.ts';
import { isWellFormed } from '../utf8.ts';
import type { Codec } from './codec.ts';
import { beginDocument, endDocument } from './document.ts';
import { headOf, putHead } from './head.ts';
import type { ShapeCursor } from './shape-cursor.ts';
import type { WriteContext } from './write-context.ts';
import { textOf } from '../../errors/foreign.ts';

/** Maps from text to values of one type: a document with the keys as they come. */
export class MapCodec<T> implements Codec<Map<string, T>> {
  readonly name: string;
  readonly hasStreams: boolean;
  readonly #value: Codec<T>;

  constructor(value: Codec<T>) {
    this.name = `map(string,${value.name})`;
    this.hasStreams = value.hasStreams;
    this.#value = value;
  }

  write(map: Map<string, T>, headBytes: number, out: ByteWriter, context: WriteContext): void {
    if (!isMap(map)) throw new Misfit(`${this.name} takes a Map, got ${typeName(map)}`);
    context.enter();
    context.countKeys(map.size);
    const start = beginDocument(out, DOCUMENT, headBytes);
    const { buffer } = out;
    const before = out.byteLength;
    for (const [key, value] of map as Map<unknown, T>) {
      try {
        const keyBytes = putHead(out, headOf(checkKey(key, context)));
        this.#value.write(value, keyBytes, out, context);
      } catch (error) {
        throw misfitAt(textOf(key), error);
      }
    }
    if (map.has('$ref') && map.has('$id')) {
      throw new Misfit('has both $ref and $id, which BSON takes for a DBRef');
    }
    endDocument(out, buffer, start, before);
    context.leave();
  }

  read(cursor: ShapeCursor, type: number): Map<string, T> {
    if (type !== DOCUMENT) cursor.refuseType(this.name, type);
    const { bytes } = cursor;
    const outer = cursor.enterContainer();
    const map = new Map<string, T>();
    while (cursor.at < cursor.last) {
      const elementAt = cursor.at;
      const keyEnd = cursor.scan.key(elementAt, cursor.last);
      const key = bytes.toString('utf8', elementAt + 1, keyEnd);
      cursor.elementAt = elementAt;
      cursor.at = keyEnd + 1;
      // The stream of the first value would be resolved without a reader.
      if (this.hasStreams && map.has(key)) cursor.refuse('the key is there twice');
      map.set(key, this.#value.read(cursor, bytes[elementAt] ?? 0));
    }
    cursor.leaveContainer(outer);
    return map;
  }

  findStreams(value: unknown, search: StreamSearch): void {
    if (!this.hasStreams) return;
    for (const one of search.mapValues(value)) this.#value.findStreams?.(one, search);
  }
}

function checkKey(key: unknown, context: WriteContext): string {
  if (typeof key !== 'string') {
    throw new Misfit(`the key of a Map must be a string, got ${typeName(key)}`);
  }
  if (context.limits.refusedKeys.has(key)) throw new Misfit('the key is refused');
  if (key.includes('\0')) throw new Misfit('the key contains U+0000');
  if (!isWellFormed(key)) throw new Misfit('the key has a lone surrogate');
  return key;
}
