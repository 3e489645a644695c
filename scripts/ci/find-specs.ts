import { basename } from 'node:path';

const SPEC = /\.spec\.ts$/;

/** How many names are offered in place of one that is not there. */
const MAX_SIMILAR = 5;
/** The least share of pairs of letters that similar names have in common. */
const LEAST_SHARE = 0.3;

/** The specs among `paths` whose path contains `name`. */
export function findSpecs(paths: readonly string[], name: string): string[] {
  return paths.filter((path) => SPEC.test(path) && path.includes(name));
}

/** The specs among `paths` whose names are most like `name`, best first. */
export function similarSpecs(paths: readonly string[], name: string): string[] {
  const wanted = pairsOf(name);
  const shares = paths
    .filter((path) => SPEC.test(path))
    .map((path) => ({ path, share: shareOf(wanted, pairsOf(path)) }));
  return shares
    .filter(({ share }) => share >= LEAST_SHARE)
    .toSorted((a, b) => b.share - a.share)
    .slice(0, MAX_SIMILAR)
    .map(({ path }) => path);
}

/** The pairs of letters that stand side by side in the name of a file. */
function pairsOf(path: string): Set<string> {
  const name = basename(path)
    .replace(/(?:\.spec)?(?:\.ts)?$/, '')
    .toLowerCase();
  return new Set(Array.from(name.slice(1), (letter, index) => `${name[index]}${letter}`));
}

function shareOf(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  const common = [...left].filter((pair) => right.has(pair)).length;
  return common === 0 ? 0 : (2 * common) / (left.size + right.size);
}
