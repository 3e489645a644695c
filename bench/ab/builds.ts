import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where a build has the program of its server and client, and the list of what they can do. They are
 * the same in every commit that can be compared, wherever the rest of it is.
 */
export const WORKER = 'dist/bench/support/worker.js';
export const WORKLOADS = 'dist/bench/workloads.js';

/** Everything that a build of the working copy needs to run. */
const BUILT = ['package.json', 'dist'];

/** Builds in a temporary folder, each in a folder of its own that nobody else writes to. */
export class Builds implements Disposable {
  readonly #root: string;
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'sluice-ab-'));
  readonly #checkedOut: string = join(this.#folder, 'old');

  /** @param root - the project's folder, which is a working copy of git. */
  constructor(root: string) {
    this.#root = resolve(root);
  }

  /**
   * Checks a commit out and builds it, with the dependencies of the project if they are the same, else
   * with its own. Returns its folder.
   *
   * @throws if there is no such commit, if it does not build, or if it has no benchmarks that can be driven.
   */
  checkOut(ref: string): string {
    const folder = this.#checkedOut;
    this.#git('worktree', 'add', '--quiet', '--detach', folder, ref);
    if (lockOf(folder).equals(lockOf(this.#root))) this.#linkDependencies(folder);
    else runNpm(folder, 'ci', '--no-audit', '--no-fund');
    runNpm(folder, 'run', 'build');
    const missing = [WORKER, WORKLOADS].find((path) => !existsSync(join(folder, path)));
    if (missing !== undefined) throw new Error(`${ref} has no ${missing}, by which it is driven`);
    return folder;
  }

  /** Copies what was built of the working copy, so that it can be worked on. Returns the folder. */
  copyCurrent(): string {
    const folder = join(this.#folder, 'new');
    for (const name of BUILT) {
      cpSync(join(this.#root, name), join(folder, name), { recursive: true });
    }
    this.#linkDependencies(folder);
    return folder;
  }

  /** Removes everything. Git forgets the commit's folder, too. */
  [Symbol.dispose](): void {
    if (existsSync(this.#checkedOut)) this.#git('worktree', 'remove', '--force', this.#checkedOut);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #linkDependencies(folder: string): void {
    symlinkSync(join(this.#root, 'node_modules'), join(folder, 'node_modules'));
  }

  #git(...args: readonly string[]): void {
    execFileSync('git', args, { cwd: this.#root, stdio: ['ignore', 'ignore', 'pipe'] });
  }
}

function lockOf(folder: string): Buffer {
  return readFileSync(join(folder, 'package-lock.json'));
}

/** What npm prints goes to where problems are printed, for the table alone is the result. */
function runNpm(folder: string, ...args: readonly string[]): void {
  execFileSync('npm', [...args, '--silent'], { cwd: folder, stdio: ['ignore', 2, 'inherit'] });
}
