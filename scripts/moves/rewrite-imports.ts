import { posix } from 'node:path';
import { parseSync } from 'oxc-parser';
import { walk } from '../ci/source-file.ts';

/** Where a specifier stands in a file, without its quotes. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/**
 * The text of the TypeScript file that stood at `path`, with the relative specifiers that are right
 * once `moves` are made. Both the file and what it imports may move.
 */
export function rewriteImports(
  path: string,
  text: string,
  moves: ReadonlyMap<string, string>,
): string {
  const newFolder = posix.dirname(moves.get(path) ?? path);
  let result = text;
  for (const { start, end } of specifierPlaces(path, text).toReversed()) {
    const specifier = text.slice(start, end);
    if (!specifier.startsWith('.') || !specifier.endsWith('.ts')) continue;
    const target = posix.join(posix.dirname(path), specifier);
    const relative = posix.relative(newFolder, moves.get(target) ?? target);
    const rewritten = relative.startsWith('.') ? relative : `./${relative}`;
    result = result.slice(0, start) + rewritten + result.slice(end);
  }
  return result;
}

function specifierPlaces(path: string, text: string): Place[] {
  const { module, program } = parseSync(path, text);
  const requests = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest ?? []),
    ),
  ];
  const places = new Map(requests.map(({ start, end }) => [start + 1, end - 1]));
  walk(program, (node) => {
    if (node.type !== 'ImportExpression' && node.type !== 'TSImportType') return;
    const { source } = node;
    if (source.type === 'Literal') places.set(source.start + 1, source.end - 1);
  });
  return [...places].map(([start, end]) => ({ start, end })).toSorted((a, b) => a.start - b.start);
}
