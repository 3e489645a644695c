import { folderOf, KNOWN_EXCEPTIONS } from './layers.ts';
import type { Sources } from './source-file.ts';

/** From each node, the nodes that it leads to. */
type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Cycles of imports between files, types included: two files that need each other are one idea. */
export function fileCycles(sources: Sources): string[] {
  return cyclesIn(importsOf(sources)).map((cycle) => `a cycle of files: ${cycle}`);
}

/**
 * Cycles of imports between folders, of two or of more. Where the layers are kept there can be none;
 * this does not depend on them.
 *
 * @param exceptions - imports that are left out, each `path -> path`.
 */
export function folderCycles(
  sources: Sources,
  exceptions: readonly string[] = KNOWN_EXCEPTIONS,
): string[] {
  const folders = new Map<string, Set<string>>();
  for (const [path, targets] of importsOf(sources)) {
    const own = folderOf(path);
    const others = folders.get(own) ?? new Set();
    folders.set(own, others);
    for (const target of targets) {
      const isCounted = sources.has(target) && !exceptions.includes(`${path} -> ${target}`);
      if (isCounted && folderOf(target) !== own) others.add(folderOf(target));
    }
  }
  return cyclesIn(folders).map((cycle) => `a cycle of folders: ${cycle}`);
}

function importsOf(sources: Sources): Graph {
  return new Map(
    Array.from(sources.values(), (file) => {
      const relative = file.references().filter(({ specifier }) => specifier.startsWith('.'));
      return [file.path, new Set(relative.map(({ specifier }) => file.resolve(specifier)))];
    }),
  );
}

/** At least one cycle of each group of nodes that lead to each other. */
function cyclesIn(graph: Graph): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (node: string, trail: readonly string[]): void => {
    const at = trail.indexOf(node);
    if (at >= 0) {
      cycles.push([...trail.slice(at), node].join(' -> '));
      return;
    }
    if (done.has(node)) return;
    for (const target of graph.get(node) ?? []) visit(target, [...trail, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return cycles;
}
