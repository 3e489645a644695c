import { readFileSync } from 'node:fs';

/** A fenced block of a Markdown page. */
export interface MarkdownBlock {
  /** The heading that it stands under. */
  readonly section: string;
  /** The first word behind the fence, for example `ts`. */
  readonly language: string;
  /** The rest of that line. */
  readonly name: string;
  /** What is inside, without the last line's end. */
  readonly text: string;
}

const HEADING_OR_BLOCK = /^#{1,6} (.+)$|^```(\w+) *(.*)\n([\s\S]*?)\n?```$/gm;

/** The fenced blocks of a page, in order. A page is found where the specs are run: in the project's folder. */
export function blocksOf(path: string): MarkdownBlock[] {
  const blocks: MarkdownBlock[] = [];
  let section = '';
  for (const match of readFileSync(path, 'utf8').matchAll(HEADING_OR_BLOCK)) {
    const [, heading, language, name = '', text = ''] = match;
    if (language !== undefined) blocks.push({ section, language, name, text });
    else if (heading !== undefined) section = heading;
  }
  return blocks;
}

/** The rows of the tables under a page's headings, as cells; without the rule below the head. */
export function rowsOf(path: string): string[][] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[\s|:-]+$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}
