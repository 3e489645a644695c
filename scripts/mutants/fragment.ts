import type { SourceFile } from '../ci/source-file.ts';
import type { Range } from './mutant.ts';

const WORD = /[\w$]/;
const SPACE = /\s/;

/** Code without what a formatter may change, and where each of its characters came from. */
interface Condensed {
  readonly text: string;
  readonly offsets: readonly number[];
}

/**
 * Every place of `fragment` in a part of a file. Spaces, line breaks, comments and trailing commas
 * don't count. A name is found whole only.
 */
export function findFragment(file: SourceFile, { start, end }: Range, fragment: string): Range[] {
  const code = condense(file.text.slice(start, end), file.parsed.comments, start);
  const sought = condense(fragment).text;
  const found: Range[] = [];
  if (sought === '') return found;
  for (let at = -1; (at = code.text.indexOf(sought, at + 1)) >= 0;) {
    const first = code.offsets[at] ?? 0;
    const last = code.offsets[at + sought.length - 1] ?? 0;
    const range = { start: first, end: last + 1 };
    if (isWhole(file.text, range)) found.push(range);
  }
  return found;
}

function condense(code: string, comments: readonly Range[] = [], base = 0): Condensed {
  let text = '';
  const offsets: number[] = [];
  for (let index = 0; index < code.length; index++) {
    const offset = base + index;
    const comment = comments.find(({ start }) => start === offset);
    if (comment !== undefined) {
      index = comment.end - base - 1;
      continue;
    }
    const char = code[index] ?? '';
    if (SPACE.test(char)) continue;
    if (/[)\]}]/.test(char) && text.endsWith(',')) {
      text = text.slice(0, -1);
      offsets.pop();
    }
    text += char;
    offsets.push(offset);
  }
  return { text, offsets };
}

/** Neither the first nor the last name of the range goes on beyond it. */
function isWhole(text: string, { start, end }: Range): boolean {
  const isCut = (left: number): boolean =>
    WORD.test(text[left] ?? '') && WORD.test(text[left + 1] ?? '');
  return !isCut(start - 1) && !isCut(end - 1);
}
