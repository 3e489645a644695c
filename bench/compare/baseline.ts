import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { Environment } from '../results/environment.ts';
import type { Figure } from '../support/figure.ts';

/** The figures of a release, and on what they were taken. */
export interface Baseline {
  /** The release's version. */
  readonly version: string;
  readonly environment: Environment;
  /** Milliseconds that the fixed CPU task took. */
  readonly cpuTaskMs: number;
  readonly figures: readonly Figure[];
}

const VERSION_FILE = /^(\d+)\.(\d+)\.(\d+)\.json$/;

/** The path of a release's baseline. */
export function baselinePath(folder: string, version: string): string {
  return `${folder}/${version}.json`;
}

/** The highest version that has a baseline in the folder; undefined if none has. */
export async function findLatestVersion(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => VERSION_FILE.test(name));
  return files.toSorted(compareVersions).at(-1)?.replace('.json', '');
}

/** @throws Error naming the file if it is no baseline. */
export async function readBaseline(path: string): Promise<Baseline> {
  const content: unknown = JSON.parse(await readFile(path, 'utf8'));
  // What it lacks is found out right below.
  const baseline = content as Partial<Baseline> | null;
  const { version, environment, cpuTaskMs, figures } = baseline ?? {};
  if (
    version === undefined ||
    environment === undefined ||
    cpuTaskMs === undefined ||
    !Array.isArray(figures)
  ) {
    throw new Error(`${path} is no baseline`);
  }
  return { version, environment, cpuTaskMs, figures };
}

/** Writes a baseline over one that may be there. */
export async function writeBaseline(path: string, baseline: Baseline): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(baseline, undefined, 2)}\n`);
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((name) => VERSION_FILE.exec(name)?.slice(1).map(Number) ?? []);
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
