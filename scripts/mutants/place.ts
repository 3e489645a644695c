import type { SourceFile } from '../ci/source-file.ts';
import { findFragment } from './fragment.ts';
import type { Mutant, Range } from './mutant.ts';
import { declarationsOf } from './symbol.ts';

/** The code that a mutant replaces, in the file that declares `of` as `name`; text if it is not there. */
export function placeOf(
  { in: inner, find }: Pick<Mutant, 'in' | 'find'>,
  file: SourceFile,
  name: string,
): Range | string {
  const paths = inner === undefined ? [name] : [`${name}.${inner}`, inner];
  const symbol = paths.find((path) => declarationsOf(file, path).length > 0);
  if (symbol === undefined) return `${file.path} has no ${paths.join(' and no ')}`;
  const places = declarationsOf(file, symbol).flatMap((range) => findFragment(file, range, find));
  const [place] = places;
  if (place !== undefined && places.length === 1) return place;
  const count = place === undefined ? 'nowhere' : `${places.length} times`;
  return `"${find}" stands ${count} in ${symbol} of ${file.path}`;
}
