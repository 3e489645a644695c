import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';

const LINK = /\]\(([^)\s]+)(?:\s+"[^"]*")?\)|^\[[^\]]+\]:\s*(\S+)/gm;
const HEADING = /^#{1,6}\s+(.+)$/gm;
const FENCE = /^( *)(```|~~~)[^\n]*\n[\s\S]*?^\1\2[ ]*$/gm;
const CODE_SPAN = /`[^`\n]*`/g;

/** Folders of one person's machine, which say nothing to anybody else. */
const MACHINE_PATH = /(?<![\w.])\/(?:home|root|Users|work)\/[\w./-]*/g;

/** The project's own Markdown files. */
export function listMarkdown(): string[] {
  const names = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--', '*.md'], {
    encoding: 'utf8',
  });
  return names.split('\n').filter((name) => name !== '' && existsSync(name));
}

/** What is wrong with the links of a Markdown file, and with the paths it names. */
export function checkMarkdown(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  const paths = [...text.matchAll(MACHINE_PATH)].map(
    ([found]) => `${path}: ${found} is a path of one machine`,
  );
  return [...paths, ...linksOf(text).flatMap((link) => checkLink(path, link) ?? [])];
}

/** The targets of the links in a Markdown text, in order; those in examples are none. */
export function linksOf(text: string): string[] {
  const prose = text.replaceAll(FENCE, '').replaceAll(CODE_SPAN, '');
  return [...prose.matchAll(LINK)].map(([, inline, reference]) => inline ?? reference ?? '');
}

function checkLink(path: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? path : posix.join(posix.dirname(path), file);
  if (file.startsWith('/') || target.startsWith('..')) return `${path}: ${link} leaves the project`;
  if (!existsSync(target)) return `${path}: ${link} leads nowhere`;
  if (anchor === undefined || !target.endsWith('.md') || !statSync(target).isFile())
    return undefined;
  return anchorsOf(target).has(anchor) ? undefined : `${path}: ${link} names no heading`;
}

/** The anchors of a file's headings, as GitHub makes them. */
function anchorsOf(path: string): Set<string> {
  const text = readFileSync(path, 'utf8').replaceAll(FENCE, '');
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.matchAll(HEADING)) {
    const words = heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '');
    const anchor = words.trim().replaceAll(' ', '-');
    let copy = 0;
    while (anchors.has(copy === 0 ? anchor : `${anchor}-${copy}`)) copy++;
    anchors.add(copy === 0 ? anchor : `${anchor}-${copy}`);
  }
  return anchors;
}
