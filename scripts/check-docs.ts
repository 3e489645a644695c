/**
 * Every public symbol has a doc comment, and so has every option, with its unit and its default.
 * Every option stands in a table of docs. Every link in the Markdown files leads somewhere, every page
 * of docs is listed, its examples are run by a spec, and the README is short. Each guarantee names a
 * spec that is there.
 */

import { entryPoints } from './ci/entry-points.ts';
import { checkGuarantees } from './ci/guarantees.ts';
import { checkMarkdown, listMarkdown } from './ci/markdown.ts';
import { checkNpmLinks } from './ci/npm-links.ts';
import { checkPages, documentedOptions } from './ci/pages.ts';
import { reportProblems } from './ci/problems.ts';
import { type Declared, type Member, PublicApi } from './ci/public-api.ts';

/** Interfaces whose fields a user sets. */
const OPTIONS_NAME = /(?:Options|Limits)$/;
/** A quantity's unit is in its name … */
const UNIT_IN_NAME = /(?:Ms|Bytes|Count|PerSecond)$/;
/** … or in its doc comment. */
const UNIT_IN_DOC =
  /\b(?:milliseconds|ms|seconds|bytes|KiB|MiB|items|messages|connections|children|calls|streams|sockets|sends|records|features|attempts|port|number of|how many|times|factor|levels?)\b/i;
const DEFAULT_IN_DOC = /@default\b|\bdefaults?\b/i;

const problems: string[] = [];
const inTables = documentedOptions();
const api = new PublicApi();
const symbols = new Map(
  entryPoints()
    .flatMap(({ file }) => api.exportsOf(file))
    .map((declared) => [`${declared.file.path} ${declared.name}`, declared]),
);

for (const declared of symbols.values()) {
  checkSymbol(declared);
  for (const member of api.membersOf(declared)) checkMember(declared, member);
}
problems.push(...checkPages(), ...checkGuarantees());
const pages = listMarkdown();
for (const page of pages) problems.push(...checkMarkdown(page));
problems.push(...checkNpmLinks());

reportProblems(
  'docs',
  problems,
  `${symbols.size} public symbols and ${pages.length} Markdown files are in order`,
);

function checkSymbol({ file, name, start }: Declared): void {
  if (file.docBefore(start) !== undefined) return;
  problems.push(`${file.path}:${file.lineOf(start)} ${name} has no doc comment`);
}

function checkMember({ file, name, node }: Declared, member: Member): void {
  const where = `${file.path}:${member.line} ${name}.${member.name}`;
  const { doc } = member;
  if (doc === undefined) {
    problems.push(`${where} has no doc comment`);
    return;
  }
  if (node.type !== 'TSInterfaceDeclaration' || !OPTIONS_NAME.test(name)) return;
  if (member.isOptional && !DEFAULT_IN_DOC.test(doc)) problems.push(`${where} names no default`);
  if (!inTables.has(member.name)) problems.push(`${where} stands in no table of options in docs`);
  const isNumber = /\b(?:number|bigint)\b/.test(member.type ?? '');
  if (isNumber && !UNIT_IN_NAME.test(member.name) && !UNIT_IN_DOC.test(doc)) {
    problems.push(`${where} has no unit, neither in its name nor in its doc comment`);
  }
}
