import type { SeedOutcome } from './run-seed.ts';

/** Seeds that are named for each kind. */
const NAMED_SEEDS = 5;

/** Verdicts that differ in numbers only. */
export interface FindingKind {
  count: number;
  /** The first verdict of the kind. */
  readonly example: string;
  /** The lowest seeds of those that have it. */
  readonly seeds: number[];
}

/** Gathers the outcomes of seeds. */
export class Findings {
  readonly kinds: Map<string, FindingKind> = new Map();
  /** Worlds that have run. */
  seeds = 0;
  /** Worlds with a verdict. */
  failures = 0;
  steps = 0;
  sights = 0;

  add({ seed, verdicts, steps, sights }: SeedOutcome): void {
    this.seeds++;
    this.steps += steps;
    this.sights += sights;
    if (verdicts.length > 0) this.failures++;
    for (const { operation, text } of verdicts) this.#addVerdict(seed, operation, text);
  }

  #addVerdict(seed: number, operation: number, text: string): void {
    const key = text.replaceAll(/\d+/g, 'N');
    const kind = this.kinds.get(key) ?? {
      count: 0,
      example: operation === 0 ? text : `operation ${operation}: ${text}`,
      seeds: [],
    };
    this.kinds.set(key, kind);
    kind.count++;
    if (kind.seeds.includes(seed)) return;
    kind.seeds.push(seed);
    kind.seeds.sort((one, other) => one - other);
    kind.seeds.length = Math.min(kind.seeds.length, NAMED_SEEDS);
  }

  /** The kinds, the most frequent first. */
  toString(): string {
    const kinds = [...this.kinds.values()].toSorted((one, other) => other.count - one.count);
    return kinds
      .map(({ count, example, seeds }) => `${count} times, seeds ${seeds.join(' ')}: ${example}`)
      .join('\n');
  }
}
