import { createHash } from 'node:crypto';

/** Picks `count` items, the same ones whenever the seed is the same. */
export function sample<T>(items: readonly T[], count: number, seed: string): T[] {
  const ranked = items.map((item, index) => ({ item, rank: rankOf(seed, index) }));
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return ranked.slice(0, count).map(({ item }) => item);
}

function rankOf(seed: string, index: number): string {
  return createHash('sha256').update(`${seed} ${index}`).digest('hex');
}
