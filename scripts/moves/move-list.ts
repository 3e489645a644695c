/** A move: from where, to where, from the project's root. */
export type Move = readonly [from: string, to: string];

const LIB_FILE = /^lib\/(.+)\.ts$/;

/** Companions of a file of lib, by what stands before `.ts` of their names. */
const COMPANIONS: readonly string[] = ['spec', 'mutants'];

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
  const [, oldName] = LIB_FILE.exec(from) ?? [];
  const [, newName] = LIB_FILE.exec(to) ?? [];
  if (oldName === undefined || newName === undefined) return [[from, to]];
  const companions = COMPANIONS.map((kind): Move => [
    `spec/${oldName}.${kind}.ts`,
    `spec/${newName}.${kind}.ts`,
  ]);
  return [[from, to], ...companions.filter(([path]) => exists(path))];
}
