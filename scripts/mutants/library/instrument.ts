import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Instrumenter } from '@stryker-mutator/instrumenter';

/** A change to a built file, which is made while the file runs. */
export interface LibraryMutant {
  /** Within its file. */
  readonly id: string;
  /** The kind of change, in the library's words. */
  readonly mutator: string;
  /** The line of the built file as it is and as it would be: `a > b => a >= b`. */
  readonly change: string;
}

/** A built file that holds all of its mutants, each behind a switch. */
export interface InstrumentedFile {
  /** The path of the built file, from the project's root. */
  readonly path: string;
  readonly text: string;
  readonly mutants: readonly LibraryMutant[];
}

type Mutant = Awaited<ReturnType<Instrumenter['instrument']>>['mutants'][number];

const SILENT_LOGGER = new Proxy({} as ConstructorParameters<typeof Instrumenter>[0], {
  get: () => () => false,
});
const OPTIONS = { plugins: null, excludedMutations: [], ignorers: [] };
const LONGEST_PART = 120;

/** Puts the mutants into what was built of a file of lib. */
export async function instrument(file: string): Promise<InstrumentedFile> {
  const path = builtPath(file);
  const content = readFileSync(path, 'utf8');
  const instrumenter = new Instrumenter(SILENT_LOGGER);
  const { files, mutants } = await instrumenter.instrument(
    [{ name: path, content, mutate: true }],
    OPTIONS,
  );
  const lines = content.split('\n');
  return {
    path,
    text: files[0]?.content ?? content,
    mutants: mutants.map((mutant) => ({
      id: mutant.id,
      mutator: mutant.mutatorName,
      change: changeOf(mutant, lines),
    })),
  };
}

/** The file that a source was built into. */
export function builtPath(source: string): string {
  return join('dist', source.replace(/\.ts$/, '.js'));
}

function changeOf({ location, replacement }: Mutant, lines: readonly string[]): string {
  const { start, end } = location;
  const line = lines[start.line] ?? '';
  const rest = lines[end.line]?.slice(end.column) ?? '';
  return `${oneLine(line)} => ${oneLine(`${line.slice(0, start.column)}${replacement}${rest}`)}`;
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ').slice(0, LONGEST_PART);
}
