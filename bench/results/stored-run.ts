import { readFile, stat } from 'node:fs/promises';

import type { Figure } from '../support/figure.ts';
import type { Environment } from './environment.ts';

/** A run of the benchmarks as a file has it. */
export interface StoredRun {
  readonly figures: readonly Figure[];
  /** Where it was taken; undefined for a bare array of figures. */
  readonly environment: Environment | undefined;
  /** When the file was written. */
  readonly writtenAt: Date;
}

/**
 * Reads what `--json` writes, an array of figures, or such an array with its environment.
 *
 * @throws Error naming the file if it has neither.
 */
export async function readRun(path: string): Promise<StoredRun> {
  const [text, { mtime }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
  const content: unknown = JSON.parse(text);
  // `figures` is judged below, and `environment` is written by nobody but this project.
  const run = (
    Array.isArray(content) ? { figures: content } : content
  ) as Partial<StoredRun> | null;
  const figures = run?.figures;
  if (!Array.isArray(figures) || figures.length === 0 || !figures.every(isFigure)) {
    throw new Error(`${path} has no figures of a benchmark`);
  }
  return { figures, environment: run?.environment, writtenAt: mtime };
}

function isFigure(value: unknown): value is Figure {
  if (typeof value !== 'object' || value === null) return false;
  const { name, subject, unit, ...numbers } = value as Record<string, unknown>;
  return (
    [name, subject, unit].every((text) => typeof text === 'string') &&
    ['value', 'spread', 'rounds', 'floor', 'ratio'].every((key) => typeof numbers[key] === 'number')
  );
}
