/**
 * Moves files and rewrites everything that names them, so that a move changes paths only.
 *
 *     npm run move -- LIST          LIST is a file with lines `from to`, paths from the project's root
 *     npm run move -- FROM TO       one file
 *
 * The spec and the mutants of a file of lib move along. What is rewritten: relative imports of all
 * TypeScript files, and paths from the project's root in every text file that git tracks, also those
 * into `dist` and those of Markdown links.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { companionMoves, parseMoves } from './moves/move-list.ts';
import { rewriteImports } from './moves/rewrite-imports.ts';
import { movedFolders, rewritePaths } from './moves/rewrite-paths.ts';

const TEXT_FILE = /\.(?:ts|mjs|js|json|md|yml|sh|svg)$|(?:^|\/)(?:run|\.\w+rc(?:\.json)?)$/;

const [first = '', second] = process.argv.slice(2);
const listed = second === undefined ? parseMoves(readFileSync(first, 'utf8')) : [[first, second]];
const moves = new Map(
  listed.flatMap(([from = '', to = '']) => companionMoves(from, to, existsSync)),
);

const missing = [...moves.keys()].filter((path) => !existsSync(path));
const taken = [...moves.values()].filter((path) => existsSync(path) && !moves.has(path));
if (missing.length > 0 || taken.length > 0) {
  console.error(
    [
      ...missing.map((path) => `there is no ${path}`),
      ...taken.map((path) => `${path} exists`),
    ].join('\n'),
  );
  process.exit(1);
}

const tracked = git('ls-files', '-z', '--cached', '--others', '--exclude-standard');
const texts = new Map<string, string>();
for (const path of tracked.split('\0')) {
  if (TEXT_FILE.test(path) && existsSync(path)) texts.set(path, readFileSync(path, 'utf8'));
}
// By way of names that nobody has, so that two files can change places.
for (const from of moves.keys()) git('mv', from, `${from}.moving`);
for (const [from, to] of moves) {
  mkdirSync(dirname(to), { recursive: true });
  git('mv', `${from}.moving`, to);
}
const folders = movedFolders(moves, tracked.split('\0'));
let changed = 0;
for (const [path, text] of texts) {
  const withImports = path.endsWith('.ts') ? rewriteImports(path, text, moves) : text;
  const result = rewritePaths(withImports, moves, folders);
  if (result === text) continue;
  writeFileSync(moves.get(path) ?? path, result);
  changed += 1;
}
console.log(
  `moved ${moves.size} files, rewrote ${changed}; now run prettier over the changed files`,
);

function git(...words: string[]): string {
  return execFileSync('git', words, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}
