import type { ByteWriter } from '../../base/byte-writer.ts';
import { STREAM_HANDLE } from '../../types/stream-handle.ts';
import { bsonTagOf } from '../bson/bson-value-bytes.ts';
import { DOCUMENT } from '../bson/element-types.ts';
import type { StreamSearch } from '../bson/stream-search.ts';
import { whyUnsendable } from '../bson/unsendable.ts';
import { Misfit } from '../misfit.ts';
import { typeName } from '../type-name.ts';
import type { Codec } from './codec.ts';
import { beginDocument, endDocument } from './document.ts';
import type { Field } from './field.ts';
import { findInFields } from './find-in-fields.ts';
import type { Glue } from './glue.ts';
import { recordGlue } from './make-glue.ts';
import type { ShapeCursor } from './shape-cursor.ts';
import type { WriteContext } from './write-context.ts';

/** Objects of declared fields. */
export class RecordCodec implements Codec<object> {
  readonly name: string = 'record';
  readonly hasStreams: boolean;
  readonly #fields: readonly Field[];
  readonly #glue: Glue;

  constructor(fields: readonly Field[]) {
    this.#fields = fields;
    this.hasStreams = fields.some(({ codec }) => codec.hasStreams);
    this.#glue = recordGlue(fields);
  }

  write(value: object, headBytes: number, out: ByteWriter, context: WriteContext): void {
    checkRecord(value);
    context.enter();
    const lengthAt = beginDocument(out, DOCUMENT, headBytes);
    const { buffer } = out;
    const before = out.byteLength;
    this.#glue.write(value, out, context);
    endDocument(out, buffer, lengthAt, before);
    context.leave();
  }

  read(cursor: ShapeCursor, type: number): object {
    if (type !== DOCUMENT) cursor.refuseType('record', type);
    const outer = cursor.enterContainer();
    const value = this.#glue.read(cursor);
    cursor.leaveContainer(outer);
    return value;
  }

  findStreams(value: unknown, search: StreamSearch): void {
    findInFields(this.#fields, value, search);
  }
}

/** Records are checked for first, as most values are records. */
function checkRecord(value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const got = Array.isArray(value) ? 'an array' : typeName(value);
    throw new Misfit(`record takes an object, got ${got}`);
  }
  if (Object.getPrototypeOf(value) === Object.prototype) return;
  const kind = STREAM_HANDLE in value ? 'stream' : bsonTagOf(value);
  const refusal = kind === undefined ? whyUnsendable(value) : `a ${kind} can't be a record`;
  if (refusal !== undefined) throw new Misfit(refusal);
}
