import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** An earlier build, kept in `archives` as `npm run pack:release` has made it. */
export interface Release {
  /** Names its archive. */
  readonly name: string;
  readonly title: string;
  /** The version of our extension that it speaks. */
  readonly version: 1 | 2;
}

export const RELEASES: readonly Release[] = [
  { name: '0.1.0', title: '0.1.0, which speaks version 1', version: 1 },
  { name: '71cd208', title: 'an earlier build of version 2', version: 2 },
];

/** Where the compiled library of this tree is. */
export const NEWEST_URL: URL = new URL('../../lib/', import.meta.url);

/** A release on disk. */
export class UnpackedRelease {
  readonly #folder: string;

  /** Unpacks into a temporary folder, beside the packages that this tree has installed. */
  constructor(release: Release) {
    const root = packageRoot();
    const archive = join(root, `spec/releases/archives/sluice-${release.name}.tgz`);
    this.#folder = mkdtempSync(join(tmpdir(), 'sluice-release-'));
    execFileSync('tar', ['-xzf', archive, '-C', this.#folder]);
    symlinkSync(join(root, 'node_modules'), join(this.#folder, 'node_modules'));
  }

  /** Where its compiled library is. */
  get url(): URL {
    return pathToFileURL(join(this.#folder, 'package/dist/lib/'));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The archives are in the source tree: the compiler copies none. */
function packageRoot(): string {
  let folder = new URL('.', import.meta.url);
  while (!existsSync(new URL('package.json', folder))) folder = new URL('..', folder);
  return fileURLToPath(folder);
}
