import { existsSync, readFileSync } from 'node:fs';

/** Says what is certain of calls and streams, and which specs prove it. */
const PAGE = 'docs/guarantees.md';
/** A spec's file, and how the title of a test in it begins. */
const PROOF = /`(spec\/[^`\n]+\.spec\.ts) › ([^`\n]+)`/g;
/** The rows of tables, without those between a table's head and its body. */
const ROW = /^\|(?! *-)/;
const HEAD_ENDS = /\| proved by +\|$/;

/** What is wrong with the proofs of the page about guarantees: each row has one, which is there. */
export function checkGuarantees(): string[] {
  return guaranteeProblems(readFileSync(PAGE, 'utf8'), (path) =>
    existsSync(path) ? readFileSync(path, 'utf8') : undefined,
  );
}

/**
 * The same for a page's text.
 *
 * @param read - the text of a file; undefined if there is none.
 */
export function guaranteeProblems(
  page: string,
  read: (path: string) => string | undefined,
): string[] {
  return page.split('\n').flatMap((line, index) => {
    if (!ROW.test(line) || HEAD_ENDS.test(line)) return [];
    const where = `${PAGE}:${index + 1}`;
    const proofs = [...line.matchAll(PROOF)];
    if (proofs.length === 0) return [`${where} names no spec`];
    return proofs.flatMap(([, path = '', title = '']) => {
      const spec = read(path);
      if (spec === undefined) return [`${where} names ${path}, which is not there`];
      const isThere = [`it('${title}`, `it(\`${title}`].some((test) => spec.includes(test));
      return isThere ? [] : [`${where} names "${title}", which no test of ${path} is called`];
    });
  });
}
