import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorldMutant } from './world-mutant.ts';

/** Not part of the project: a run continues where the last one was. */
const FILE = 'dist/mutants-worlds.json';

/** The code that decides what a seed does: the library, and the programs with their judge. */
const FOLDERS = ['dist/lib', 'dist/scripts/sim', 'dist/spec/worlds'];

/** The world that has noticed a mutant. */
export interface Found {
  /** Undefined if one of the small worlds has. */
  readonly seed: number | undefined;
  readonly text: string;
}

/** What is known of a mutant. */
export interface Trial {
  /** Seeds that have not noticed it, from 0 on. */
  readonly tried: number;
  /** Whether the small worlds have not noticed it. */
  readonly isSmallTried?: boolean | undefined;
  readonly found?: Found | undefined;
}

interface Kept {
  readonly digest: string;
  /** By the mutants' changes. */
  readonly trials: Record<string, Trial>;
}

/** The trials of earlier runs, as long as neither the library nor the worlds have changed. */
export class Results {
  readonly #kept: Kept;

  constructor() {
    const digest = digestOf(FOLDERS);
    const kept = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Kept) : undefined;
    this.#kept = kept?.digest === digest ? kept : { digest, trials: {} };
  }

  of(mutant: WorldMutant): Trial {
    return this.#kept.trials[keyOf(mutant)] ?? { tried: 0 };
  }

  /** Keeps what is known now. */
  set(mutant: WorldMutant, trial: Trial): void {
    this.#kept.trials[keyOf(mutant)] = trial;
    writeFileSync(FILE, `${JSON.stringify(this.#kept, undefined, 1)}\n`);
  }
}

function keyOf({ file, in: inner, find, replace }: WorldMutant): string {
  return [file, inner, find, replace].join(' | ');
}

function digestOf(folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const folder of folders) {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((file) => file.endsWith('.js')).toSorted()) {
      hash.update(`${folder}/${name}\n`).update(readFileSync(join(folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
