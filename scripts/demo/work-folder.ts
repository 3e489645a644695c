import { mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';

/** The folder that holds both stores. Removed when it is disposed of, unless it is to be kept. */
export class WorkFolder implements AsyncDisposable {
  readonly #path: string;
  /** What disposing removes. */
  #remains: readonly string[];

  private constructor(path: string, remains: readonly string[]) {
    this.#path = path;
    this.#remains = remains;
  }

  /**
   * Makes a temporary folder, or uses the given one.
   *
   * @throws if the given one has something in it.
   */
  static async create(path?: string): Promise<WorkFolder> {
    if (path === undefined) {
      const temporary = await mkdtemp(join(tmpdir(), 'sluice-'));
      return new WorkFolder(temporary, [temporary]);
    }
    const created = await mkdir(path, { recursive: true });
    if (created !== undefined) return new WorkFolder(path, [created]);
    if ((await readdir(path)).length > 0) throw new Error(`${path} is not empty`);
    return new WorkFolder(path, [join(path, 'primary'), join(path, 'replica')]);
  }

  /** Where this process has its store. */
  get primary(): string {
    return join(this.#path, 'primary');
  }

  /** Where the replica has its store. */
  get replica(): string {
    return join(this.#path, 'replica');
  }

  /** Leaves everything where it is. */
  keep(): void {
    this.#remains = [];
  }

  /** Whether it is the given folder or below it, links resolved. */
  async isWithin(folder: string): Promise<boolean> {
    const [inner, outer] = await Promise.all([realpath(this.#path), realpath(folder)]);
    return `${inner}${sep}`.startsWith(outer.endsWith(sep) ? outer : `${outer}${sep}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const path of this.#remains) await rm(path, { recursive: true, force: true });
  }
}
