import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { listSources, SourceFile } from '../ci/source-file.ts';
import type { Mutant, PlacedMutant } from './mutant.ts';
import { placeOf } from './place.ts';

const LIST = /\.mutants\.ts$/;

/** All mutants in the order of their specs, and those whose place is not there. */
export interface Collection {
  readonly mutants: readonly PlacedMutant[];
  /** One line each. */
  readonly problems: readonly string[];
}

/** An exported name, and the file of lib that it is imported from. */
interface Origin {
  readonly file: string;
  readonly name: string;
}

/** Reads the lists that stand beside the specs, and finds the place of every mutant in lib. */
export async function collectMutants(): Promise<Collection> {
  const mutants: PlacedMutant[] = [];
  const problems: string[] = [];
  const collector = new Collector();
  for (const list of listSources('spec').filter((path) => LIST.test(path))) {
    const spec = list.replace(LIST, '.spec.ts');
    if (!existsSync(spec)) problems.push(`${list}: there is no ${spec}`);
    for (const found of await collector.placeAll(list, spec)) {
      if (typeof found === 'string') problems.push(`${list}: ${found}`);
      else mutants.push(found);
    }
  }
  return { mutants, problems };
}

class Collector {
  readonly #files = new Map<string, SourceFile>();

  /** The list's mutants; text where there is no such place. */
  async placeAll(list: string, spec: string): Promise<(PlacedMutant | string)[]> {
    const { MUTANTS: mutants } = (await importBuilt(list)) as { MUTANTS?: readonly Mutant[] };
    if (mutants === undefined) return ['exports no MUTANTS'];
    const origins = await this.#originsOf(list);
    return mutants.map((mutant) => this.#place(mutant, origins.get(mutant.of), spec));
  }

  #place(mutant: Mutant, origin: Origin | undefined, spec: string): PlacedMutant | string {
    if (origin === undefined) return `${mutant.row}: \`of\` is not imported by its name from lib`;
    const { file, name } = origin;
    const place = placeOf(mutant, this.#file(file), name);
    return typeof place === 'string' ? `${mutant.row}: ${place}` : { ...mutant, spec, file, place };
  }

  /** Everything that a list imports from lib, by its value. */
  async #originsOf(list: string): Promise<Map<unknown, Origin>> {
    const origins = new Map<unknown, Origin>();
    const source = this.#file(list);
    for (const { specifier, names, isType } of source.references()) {
      if (isType || !specifier.startsWith('.')) continue;
      const file = source.resolve(specifier);
      const values = await importBuilt(file);
      for (const name of names) origins.set(values[name], { file, name });
    }
    return origins;
  }

  #file(path: string): SourceFile {
    const file = this.#files.get(path) ?? new SourceFile(path);
    this.#files.set(path, file);
    return file;
  }
}

/** What a source exports, as it was built. */
async function importBuilt(path: string): Promise<Record<string, unknown>> {
  const built = resolve('dist', path.replace(/\.ts$/, '.js'));
  return (await import(pathToFileURL(built).href)) as Record<string, unknown>;
}
