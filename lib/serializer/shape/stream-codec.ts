import type { ByteWriter } from '../../base/byte-writer.ts';
import { STREAM_HANDLE } from '../../types/stream-handle.ts';
import { SUBTYPE_HANDLE } from '../bson/element-types.ts';
import { decodeHandle, encodeHandle } from '../bson/handle-content.ts';
import { Misfit } from '../misfit.ts';
import type { Serializer } from '../serializer.ts';
import { putBinary, takeBinary } from './bytes-codec.ts';
import type { Codec } from './codec.ts';
import type { ShapeCursor } from './shape-cursor.ts';
import type { WriteContext } from './write-context.ts';

/** Streams with messages in a certain serializer: a handle, as in any BSON message. */
export class StreamCodec implements Codec<object> {
  readonly name: string;
  readonly hasStreams: boolean = true;
  readonly #serializer: Serializer;

  constructor(serializer: Serializer) {
    this.name = `stream(${serializer.name})`;
    this.#serializer = serializer;
  }

  write(handle: object, headBytes: number, out: ByteWriter, { handles }: WriteContext): void {
    if (typeof handle !== 'object' || handle === null || !(STREAM_HANDLE in handle)) {
      throw new Misfit('takes a sink');
    }
    const described = handles.describe(handle, this.#serializer);
    checkSerializer(this.#serializer, described.serializer);
    putBinary(SUBTYPE_HANDLE, encodeHandle(described), headBytes, out);
  }

  read(cursor: ShapeCursor, type: number): object {
    const start = takeBinary(cursor, type, SUBTYPE_HANDLE, this.name);
    const handle = decodeHandle(cursor.bytes, start, cursor.at);
    if (handle === undefined) return cursor.refuse('the stream handle is malformed');
    const { name } = this.#serializer;
    if (handle.serializer !== name) {
      cursor.refuse(`a stream of ${name} was expected, got one of ${handle.serializer}`);
    }
    return cursor.handles.resolve(handle.id, this.#serializer);
  }
}

/** @throws Misfit unless a sink has the serializer that its place declares. */
export function checkSerializer({ name }: Serializer, ofSink: string): void {
  if (name === ofSink) return;
  throw new Misfit(
    `takes a stream of ${name}, got one of ${ofSink}; make the sink with the serializer ${name}`,
  );
}
