import { Misfit, misfitAt } from '../misfit.ts';
import { typeName } from '../type-name.ts';
import { checkInner } from '../packed/check-members.ts';
import { type Member, minBytesOf, namesOf, type TupleOf } from '../packed/member.ts';

/**
 * A fixed number of values of fixed types, one behind the other with nothing between them.
 *
 * Source: Seastar's `rpc::tuple`.
 *
 * @throws MisuseError if a member may be absent.
 */
export function tuple<const M extends readonly Member<unknown>[]>(
  ...members: M
): Member<TupleOf<M>> {
  checkInner('tuple', members);
  const name = `tuple(${namesOf(members)})`;
  const minBytes = members.reduce((sum, member) => sum + minBytesOf(member), 0);
  const member: Member<unknown[]> = {
    name,
    minBytes,
    write(values, out, handles) {
      if (!Array.isArray(values) || values.length !== members.length) {
        const got = Array.isArray(values) ? `${values.length} members` : typeName(values);
        throw new Misfit(`${name} takes an array of ${members.length} members, got ${got}`);
      }
      let index = 0;
      try {
        for (; index < members.length; index++) members[index]?.write(values[index], out, handles);
      } catch (error) {
        throw misfitAt(index, error);
      }
    },
    read(cursor) {
      const values: unknown[] = [];
      try {
        for (const inner of members) values.push(inner.read(cursor));
      } catch (error) {
        throw misfitAt(values.length, error);
      }
      return values;
    },
  };
  // The members' types, which TupleOf spells out, are the types that were just written and read.
  return Object.freeze(member) as Member<TupleOf<M>>;
}
