/** A move: from where, to where, from the project's root. */
export type Move = readonly [from: string, to: string];

/** What stands beside a file: of lib its spec and the spec's mutants, of a spec its mutants. */
const COMPANIONS: readonly { readonly of: RegExp; readonly are: readonly string[] }[] = [
  { of: /^lib\/(.+)\.ts$/, are: ['spec', 'mutants'] },
  { of: /^spec\/(.+)\.spec\.ts$/, are: ['mutants'] },
];

/** The moves that a list names, one to a line. @throws if a line is not two paths. */
export function parseMoves(list: string): Move[] {
  const lines = list.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [from, to, ...rest] = line.split(/\s+/);
      if (from === undefined || to === undefined || rest.length > 0) {
        throw new Error(`not two paths: "${line}"`);
      }
      return [from, to];
    });
}

/** The move of a file, and those of what stands beside it in `spec`. */
export function companionMoves(
  from: string,
  to: string,
  exists: (path: string) => boolean,
): Move[] {
  const companions = COMPANIONS.flatMap(({ of, are }): Move[] => {
    const [, oldName] = of.exec(from) ?? [];
    const [, newName] = of.exec(to) ?? [];
    if (oldName === undefined || newName === undefined) return [];
    return are.map((kind) => [`spec/${oldName}.${kind}.ts`, `spec/${newName}.${kind}.ts`]);
  });
  return [[from, to], ...companions.filter(([path]) => exists(path))];
}
