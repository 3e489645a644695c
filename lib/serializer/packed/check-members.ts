import { having } from '../../base/option-kinds.ts';
import { problemWith } from '../../base/read-options.ts';
import { shownValue } from '../../base/shown-value.ts';
import { MisuseError } from '../../errors/errors.ts';
import { isOptional, type Member, minBytesOf } from './member.ts';

const MEMBER = having('a member', ['write', 'read']);

/**
 * Checks a list of members when a layout is declared.
 *
 * @throws MisuseError for a value that is not a member, and for an optional member that is not
 * among the last of a whole message.
 */
export function checkMembers(owner: string, members: readonly Member<unknown>[]): void {
  members.forEach((member, index) => {
    if (problemWith(member, MEMBER) !== undefined) {
      const problem = `is not a member such as i32 or string, but ${shownValue(member)}`;
      throw new MisuseError(`${owner}: member ${index} ${problem}`);
    }
    const previous = members[index - 1];
    if (previous !== undefined && isOptional(previous) && !isOptional(member)) {
      throw new MisuseError(`${owner}: ${member.name} can't follow ${previous.name}`);
    }
  });
}

/**
 * Checks the members of a container. They can't be optional: absence shows only at the end of a
 * message.
 *
 * @throws MisuseError
 */
export function checkInner(owner: string, members: readonly Member<unknown>[]): void {
  checkMembers(owner, members);
  const absent = members.find(isOptional);
  if (absent !== undefined) {
    throw new MisuseError(`${owner}: ${absent.name} can only be among the last of packed(...)`);
  }
}

/**
 * Checks the members of counted values. Such a member needs a width: four bytes could announce four
 * billion values.
 *
 * @throws MisuseError
 */
export function checkCounted(owner: string, members: readonly Member<unknown>[]): void {
  checkInner(owner, members);
  if (members.every((member) => minBytesOf(member) === 0)) {
    throw new MisuseError(`${owner}: members of no bytes can't be counted`);
  }
}
