import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Environment } from '../../../bench/results/environment.ts';
import type { Figure } from '../../../bench/support/figure.ts';

/** A made-up figure whose floor is 100 unless said otherwise. */
export function figure(
  name: string,
  subject: string,
  value: number,
  rest: Partial<Figure> = {},
): Figure {
  const floor = rest.floor ?? 100;
  const measured = { unit: 'msg/s', spread: 0, rounds: 3, floor, ratio: value / floor };
  return { name, subject, value, ...measured, ...rest };
}

/** A made-up place where figures were taken. */
export const SOMEWHERE: Environment = {
  date: '2026-01-02T03:04:05.000Z',
  processor: 'A Processor',
  cores: 2,
  memoryBytes: 2 ** 33,
  kernel: 'Linux 6.1',
  node: 'v20.20.2',
  pinning: { server: 0, client: 1 },
  packages: { sluice: '0.1.0', ws: '8.23.0' },
};

/** Calls `use` with a folder that is removed afterwards. */
export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
