import type { ByteWriter } from '../../base/byte-writer.ts';
import type { StreamHandles } from '../serializer.ts';
import type { Cursor } from '../cursor.ts';

/**
 * The layout of one member of a packed tuple. Write your own for a type that the built-in members
 * lack; both ends need it.
 *
 * An error of `write` or `read` reaches the caller as a SerializationError with the path of the
 * value and the message of that error.
 *
 * @typeParam T - the value's type.
 *
 * @example const date: Member<Date> = { name: 'date', minBytes: 8, write(value, out) {
 *     out.reserve(8);
 *     out.offset = out.buffer.writeDoubleLE(value.getTime(), out.offset);
 * }, read: (cursor) => new Date(cursor.bytes.readDoubleLE(cursor.take(8, 'date'))), };
 */
export interface Member<T> {
  /** Its part of the serializer's signature: a word that no other layout has, such as `uuid`. */
  readonly name: string;

  /**
   * The fewest bytes that a value takes. Counts are checked against it before anything is
   * allocated. Default: 1.
   */
  readonly minBytes?: number;

  /**
   * Appends the value: `out.reserve(n)`, write at `out.offset` of `out.buffer`, advance `out.offset`.
   *
   * @throws if the value does not fit; the frame is then taken back.
   */
  write(value: T, out: ByteWriter, handles: StreamHandles): void;

  /**
   * Reads a value. Takes bytes from the cursor, and must not read beyond them. Views may be kept.
   *
   * @throws if the bytes do not fit.
   */
  read(cursor: Cursor): T;
}

/** A member that may be left out at the end of a tuple; see `optional`. */
export interface OptionalMember<T> extends Member<T | undefined> {
  /** Marks members that may be absent. */
  readonly isOptional: true;
}

/** The tuple type that a list of members describes; optional members may be left out. */
export type TupleOf<M extends readonly Member<unknown>[]> = M extends readonly [
  infer Head,
  ...infer Tail extends readonly Member<unknown>[],
]
  ? Head extends OptionalMember<infer T>
    ? [(T | undefined)?, ...TupleOf<Tail>]
    : Head extends Member<infer T>
      ? [T, ...TupleOf<Tail>]
      : never
  : M extends readonly []
    ? []
    : unknown[];

/** Whether a packed layout can hold the type. */
export function isMember<T>(type: Member<T> | object): type is Member<T> {
  return 'read' in type && 'write' in type;
}

/** Whether the member was made by `optional`. */
export function isOptional(member: Member<unknown>): member is OptionalMember<unknown> {
  return 'isOptional' in member;
}

/** The fewest bytes that a value of the member takes. */
export function minBytesOf(member: Member<unknown>): number {
  return member.minBytes ?? 1;
}

/** The part of a signature between the parentheses. */
export function namesOf(members: readonly Member<unknown>[]): string {
  return members.map((member) => member.name).join(',');
}
