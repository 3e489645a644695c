import { readFileSync } from 'node:fs';
import type { LibraryMutant } from './instrument.ts';

/** By the file of lib, and by the reason why no spec needs to notice: the changes. */
export type Register = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

const FILE = 'spec/mutants/survivors.json';

/** The mutants that may survive, each with its reason. */
export class Survivors {
  readonly #register: Register;

  /** @param register - of the project unless given. */
  constructor(register: Register = JSON.parse(readFileSync(FILE, 'utf8')) as Register) {
    this.#register = register;
  }

  /** Says why a mutant may survive; undefined if nobody has explained it. */
  reasonFor(file: string, { change }: LibraryMutant): string | undefined {
    const reasons = Object.entries(this.#register[file] ?? {});
    return reasons.find(([, changes]) => changes.includes(change))?.[0];
  }

  /** Explanations of what is not there any more. */
  outdated(file: string, mutants: readonly LibraryMutant[]): string[] {
    const known = new Set(mutants.map(({ change }) => change));
    const explained = Object.values(this.#register[file] ?? {}).flat();
    return explained.filter((change) => !known.has(change));
  }
}
