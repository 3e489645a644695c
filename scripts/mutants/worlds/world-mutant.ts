import { SourceFile } from '../../ci/source-file.ts';
import type { Range } from '../mutant.ts';
import { placeOf } from '../place.ts';

/** One place of lib, broken on purpose. Some world must notice it. */
export interface WorldMutant {
  /** The defect, in a few words; unique. */
  readonly name: string;
  /** The part of the library that it belongs to. */
  readonly area: string;
  /** The file of lib, without its ending, from `lib/` on. */
  readonly file: string;
  /** A name at the top level of the file, or a class and a member of it with a dot between. */
  readonly in: string;
  /** The code as it was built: types are gone. It stands there exactly once; spaces don't count. */
  readonly find: string;
  /** The code that stands there instead. */
  readonly replace: string;
}

/** A change of a built file. */
export interface BuiltMutant {
  /** The built file, from the project's root. */
  readonly path: string;
  /** Its content with the change. */
  readonly text: string;
}

/** Puts a mutant into what was built. @throws Error if its place is not there, or if nothing runs any more. */
export function build({ file, in: inner, find, replace }: WorldMutant): BuiltMutant {
  const built = new SourceFile(`dist/lib/${file}.js`);
  const place = rangeOf(built, inner, find);
  const { path, text } = built;
  const changed = text.slice(0, place.start) + replace + text.slice(place.end);
  // It must still be a program.
  return new SourceFile(path, changed);
}

function rangeOf(built: SourceFile, inner: string, find: string): Range {
  const [name = '', member] = inner.split('.');
  const sought = member === undefined ? { find } : { in: member, find };
  const place = placeOf(sought, built, name);
  if (typeof place === 'string') throw new Error(place);
  return place;
}
