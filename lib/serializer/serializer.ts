import type { ByteWriter } from '../base/byte-writer.ts';
import { having } from '../base/option-kinds.ts';
import type { OptionKind } from '../base/read-options.ts';
import type { TupleSerializer } from '../types/tuple-serializer.ts';

/** Turns streams inside values into ids and numbers and back, for one connection. */
export interface StreamHandles {
  /**
   * The id of a sink on the wire, and the name of its serializer.
   *
   * @param declared - the serializer that the value's type declares for the stream. A sink that was
   *   made without a serializer takes it, unless it has sent something.
   * @throws MisuseError for a source, a sink of another connection, or one that was passed before.
   */
  describe(
    handle: object,
    declared?: Serializer,
  ): { readonly id: bigint; readonly serializer: string };

  /**
   * The source of the stream that `id` names. Without `serializer`, the connection's default is
   * used.
   *
   * @throws StreamNotFoundError if this connection has no such stream, or it was taken before.
   */
  resolve(id: bigint, serializer: Serializer | undefined): object;

  /**
   * Offers an iterable to the peer. Returns its number on the wire, and the name of its items'
   * serializer.
   *
   * @throws UnsupportedError if the peer does not speak our extension, RefusedError at
   * `maxPromised`, MisuseError if values can't hold streams here.
   */
  offer(stream: object): { readonly number: number; readonly serializer: string };

  /**
   * The serializer of a stream that the peer names.
   *
   * @param own - the serializer that reads the value. Its own name means itself.
   * @throws SerializationError blaming `remote` for an unknown name.
   */
  serializerNamed(name: string, own: Serializer): Serializer;

  /** The stream that the peer has offered as `number`, to be iterated. @throws as `offer`. */
  accept(number: number, serializer: Serializer): object;
}

/**
 * Turns tuples into bytes and back: the arguments of a call, its result, or one message of a
 * stream. A serializer has no state, so one value serves any number of connections.
 */
export interface Serializer<T extends unknown[] = any> extends TupleSerializer<T> {
  /**
   * The number of members of its tuples, if that is fixed. A call's result is undefined for arity
   * 0, the member itself for arity 1, and the tuple for a higher one. Undefined means that the
   * result is the one member.
   */
  readonly arity?: number | undefined;

  /**
   * Appends the tuple's bytes. Large byte values may be appended by reference.
   *
   * @throws SerializationError blaming `local`, with the path; the caller takes the frame back.
   */
  encode(tuple: T, out: ByteWriter, handles: StreamHandles): void;

  /**
   * Reads a tuple. Byte values may be views of `bytes`. Where the reader borrows, its memory is used
   * again when the reader takes its next step: keep no view elsewhere.
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

/** The kind of an option that takes a serializer. */
export const SERIALIZER: OptionKind = having('a serializer such as bson or packed(i32)', [
  'encode',
  'decode',
]);
