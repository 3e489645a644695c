import { existsSync, readdirSync, readFileSync } from 'node:fs';

const README = 'README.md';
/** The first page is read by everybody; details have pages of their own. */
const MAX_README_LINES = 350;

const FOLDER = 'docs';
const CONTENTS = `${FOLDER}/README.md`;
/** The pages that hold the tables of options. */
const OPTION_PAGES = [`${FOLDER}/options.md`, `${FOLDER}/limits.md`];
const CODE_SPAN = /`([^`\n]+)`/g;

/** What is wrong with the README and the pages in docs, beside their links. */
export function checkPages(): string[] {
  const contents = readFileSync(CONTENTS, 'utf8');
  const pages = readdirSync(FOLDER).filter((name) => name.endsWith('.md') && name !== 'README.md');
  return [...checkReadme(), ...pages.flatMap((name) => checkPage(name, contents))];
}

/** The names that the pages about options have, as code, in their tables. */
export function documentedOptions(): ReadonlySet<string> {
  const rows = OPTION_PAGES.flatMap((page) => readFileSync(page, 'utf8').split('\n')).filter(
    (line) => line.startsWith('|'),
  );
  return new Set(rows.flatMap((row) => [...row.matchAll(CODE_SPAN)].map(([, name = '']) => name)));
}

function checkReadme(): string[] {
  const lines = readFileSync(README, 'utf8').trimEnd().split('\n').length;
  if (lines <= MAX_README_LINES) return [];
  return [`${README} has ${lines} lines, at most ${MAX_README_LINES} are allowed`];
}

function checkPage(name: string, contents: string): string[] {
  const path = `${FOLDER}/${name}`;
  const spec = `spec/docs/${name.replace(/\.md$/, '.spec.ts')}`;
  const problems: string[] = [];
  if (!contents.includes(`](${name})`)) problems.push(`${CONTENTS} does not list ${path}`);
  if (readFileSync(path, 'utf8').includes('\n```ts\n') && !existsSync(spec)) {
    problems.push(`${path} has examples, and there is no ${spec} that runs them`);
  }
  return problems;
}
