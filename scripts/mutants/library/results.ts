import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Verdict } from './file-trial.ts';
import { builtPath } from './instrument.ts';
import type { Target } from './targets.ts';

/** Not part of the project: a run continues where the last one was. */
const FILE = 'dist/mutants-library.json';

interface Entry {
  /** Of the built file and its specs. */
  readonly digest: string;
  /** By the mutants' ids. */
  readonly verdicts: Record<string, Verdict>;
}

/** The verdicts of earlier runs, as long as neither the file nor its specs have changed. */
export class Results {
  readonly #entries: Record<string, Entry>;

  constructor() {
    this.#entries = existsSync(FILE)
      ? (JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Entry>)
      : {};
  }

  /** A file's verdicts, to be read and added to. */
  of({ file, specs }: Target): Record<string, Verdict> {
    const digest = digestOf([file, ...specs]);
    const known = this.#entries[file];
    const entry = known?.digest === digest ? known : { digest, verdicts: {} };
    this.#entries[file] = entry;
    return entry.verdicts;
  }

  save(): void {
    writeFileSync(FILE, JSON.stringify(this.#entries));
  }
}

function digestOf(sources: readonly string[]): string {
  const hash = createHash('sha256');
  for (const source of sources) hash.update(readFileSync(builtPath(source)));
  return hash.digest('hex');
}
