import type { ByteWriter } from '../base/byte-writer.ts';
import type { TupleSerializer } from '../types/sink-source.ts';

/** Turns streams inside values into ids and numbers and back, for one connection. */
export interface StreamHandles {
  /**
   * The id that stands for a sink on the wire, and the name of its serializer.
   *
   * @throws MisuseError if it is a source, belongs to another connection or was passed before.
   */
  describe(handle: object): { readonly id: bigint; readonly serializer: string };

  /**
   * The source of the stream that `id` names. Without `serializer` the connection's default serves.
   *
   * @throws StreamNotFoundError if this connection has no such stream, or it was taken before.
   */
  resolve(id: bigint, serializer: Serializer | undefined): object;

  /**
   * Offers what is to be iterated to the peer: the number that stands for it on the wire, and the
   * name of its items' serializer.
   *
   * @throws UnsupportedError where the peer does not speak our extension, RefusedError at
   *   `maxPromised`, MisuseError where values can't hold streams.
   */
  offer(stream: object): { readonly number: number; readonly serializer: string };

  /**
   * The serializer of a stream that the peer names.
   *
   * @param own - the serializer that reads the value; its own name stands for itself.
   * @throws SerializationError blaming `remote` for a name that stands for none.
   */
  serializerNamed(name: string, own: Serializer): Serializer;

  /** What the peer has offered as `number`, to be iterated. @throws as `offer`. */
  accept(number: number, serializer: Serializer): object;
}

/**
 * Turns tuples into bytes and back: the arguments of a call, its result, or one message of a
 * stream. A serializer has no state, so one value serves any number of connections.
 */
export interface Serializer<T extends unknown[] = any> extends TupleSerializer<T> {
  /**
   * How many members its tuples have, where that is fixed. A call's result of arity 0 is undefined,
   * of arity 1 the member itself, above it the tuple. Undefined means: the result is the one member.
   */
  readonly arity?: number | undefined;

  /**
   * Appends the tuple's bytes. Large byte values may be appended by reference.
   *
   * @throws SerializationError blaming `local`, with the path; the caller takes the frame back.
   */
  encode(tuple: T, out: ByteWriter, handles: StreamHandles): void;

  /**
   * Reads a tuple. Byte values may be views of `bytes`, whose memory is never reused.
   *
   * @throws SerializationError blaming `remote`, with the path.
   */
  decode(bytes: Buffer, handles: StreamHandles): T;

  /**
   * The streams in a tuple that `encode` would offer, also behind what it would refuse; nothing is
   * written. Never throws. Absent: its tuples hold none.
   */
  streamsIn?(tuple: T): readonly object[];
}
