import { posix } from 'node:path';

/** A path from the project's root: into a source folder, perhaps as it is built, perhaps linked from a page. */
const PATH = /((?:\.\.\/)*(?:dist\/)?)((?:lib|spec|bench|scripts)(?:\/[\w.-]+)+\/?)/g;

const ENDINGS = /(\.d\.ts|\.js|\.ts|\.bench\.js)$/;

/** The text with the paths from the project's root that are right once files and folders have moved. */
export function rewritePaths(
  text: string,
  moves: ReadonlyMap<string, string>,
  folders: ReadonlyMap<string, string>,
): string {
  return text.replaceAll(PATH, (whole, prefix: string, path: string) => {
    const ending = ENDINGS.exec(path)?.[0] ?? '';
    const source = ending === '' ? path : `${path.slice(0, -ending.length)}.ts`;
    const moved = moves.get(source);
    if (moved !== undefined) return `${prefix}${moved.slice(0, -'.ts'.length)}${ending}`;
    const slash = path.endsWith('/') ? '/' : '';
    const folder = folders.get(slash === '' ? path : path.slice(0, -1));
    return folder === undefined ? whole : `${prefix}${folder}${slash}`;
  });
}

/**
 * Folders that are left empty and whose files all went to one folder, under the names that they had.
 * `paths` are the files that there were.
 */
export function movedFolders(
  moves: ReadonlyMap<string, string>,
  paths: readonly string[],
): Map<string, string> {
  const targets = new Map<string, Set<string>>();
  for (const path of paths) {
    const folder = posix.dirname(path);
    const target = posix.dirname(moves.get(path) ?? path);
    targets.set(folder, (targets.get(folder) ?? new Set()).add(target));
  }
  return new Map(
    [...targets].flatMap(([from, to]): [string, string][] => {
      const [only] = to;
      return to.size === 1 && only !== undefined && only !== from ? [[from, only]] : [];
    }),
  );
}
