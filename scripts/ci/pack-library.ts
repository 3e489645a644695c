import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** The package as it would be published. */
export interface Packed {
  readonly tarball: string;
  readonly files: readonly { readonly path: string }[];
}

/** Packs what is built, into `folder`. */
export function packLibrary(folder: string): Packed {
  const options = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  // npm prints a list with one entry for the one package here; npm 12 an object keyed by its name.
  const text = execFileSync('npm', options, { stdio: 'pipe' }).toString();
  const [packed] = Object.values(JSON.parse(text) as object) as (Packed & { filename: string })[];
  if (packed === undefined) throw new Error('npm packed nothing');
  return { tarball: join(folder, packed.filename), files: packed.files };
}
