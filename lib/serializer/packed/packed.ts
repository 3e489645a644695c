import type { ByteWriter } from '../../base/byte-writer.ts';
import { SerializationError } from '../../errors/errors.ts';
import { misfitAt, toSerializationError } from '../misfit.ts';
import type { Serializer, StreamHandles } from '../serializer.ts';
import { DECODE_FROM, type InPlaceSerializer } from '../in-place.ts';
import { checkMembers } from './check-members.ts';
import { Cursor } from '../cursor.ts';
import { isOptional, type Member, namesOf, type TupleOf } from './member.ts';

/**
 * The plain layout that Seastar programs use: members one behind the other, little endian, without
 * framing between them. The tuple's type is inferred from the members:
 *
 *     packed(i32, string)   // Serializer<[number, string]>, named `packed(i32,string)`
 *
 * Bytes behind the last member are ignored, so that a peer may send members that we don't know yet.
 *
 * Source: Seastar rpc_impl.hh `marshall` and `unmarshall`, with the serializers of its demos.
 *
 * @throws MisuseError if an optional member is not among the last.
 */
export function packed<const M extends readonly Member<unknown>[]>(
  ...members: M
): Serializer<TupleOf<M>> {
  checkMembers('packed', members);
  // The members' types, which TupleOf spells out, are the types that are written and read.
  return new PackedSerializer(members) as Serializer<unknown[]> as Serializer<TupleOf<M>>;
}

class PackedSerializer implements InPlaceSerializer<unknown[]> {
  readonly name: string;
  readonly arity: number;
  readonly #members: readonly Member<unknown>[];
  /** The number of members that must be there. Later members are optional. */
  readonly #required: number;

  constructor(members: readonly Member<unknown>[]) {
    this.name = `packed(${namesOf(members)})`;
    this.arity = members.length;
    this.#members = members;
    const firstOptional = members.findIndex(isOptional);
    this.#required = firstOptional === -1 ? members.length : firstOptional;
  }

  encode(tuple: readonly unknown[], out: ByteWriter, handles: StreamHandles): void {
    const count = this.#presentCount(tuple);
    let index = 0;
    try {
      for (; index < count; index++) this.#members[index]?.write(tuple[index], out, handles);
    } catch (error) {
      throw toSerializationError(misfitAt(index, error), 'local');
    }
  }

  decode(bytes: Buffer, handles: StreamHandles): unknown[] {
    return this[DECODE_FROM](new Cursor(bytes, handles));
  }

  [DECODE_FROM](cursor: Cursor): unknown[] {
    const members = this.#members;
    const tuple: unknown[] = [];
    try {
      // An array that is made with its one member is smaller than one that grows (`micro.packed.batch`).
      if (members.length === 1) return [members[0]!.read(cursor)];
      for (const member of members) tuple.push(member.read(cursor));
    } catch (error) {
      throw toSerializationError(misfitAt(tuple.length, error), 'remote');
    }
    return tuple;
  }

  /** The number of members to write: all but the optional ones that are absent at the end. */
  #presentCount(tuple: readonly unknown[]): number {
    let count = Math.max(this.#required, tuple.length);
    while (count > this.#required && tuple[count - 1] === undefined) count--;
    if (count > this.arity) {
      throw misfit(this.arity, `${this.name} takes ${this.arity} members, got ${count}`);
    }
    for (let i = this.#required; i < count; i++) {
      if (tuple[i] !== undefined) continue;
      throw misfit(i, 'must not be absent, as a member behind it is present');
    }
    return count;
  }
}

function misfit(index: number, problem: string): SerializationError {
  return new SerializationError(problem, { path: `[${index}]`, initiator: 'local' });
}
