/**
 * Proves that resumable streams lose nothing and repeat nothing, however often their connections are
 * cut: two processes, real sockets, and a proxy between them that resets connections within their
 * bytes. First the other process sends, then this one: in values, and then by streams of verbs.
 *
 *     npm run proof:resume -- [--items N] [--cuts N] [--seed S]
 *                             [--streams values|verbs|all] [--tls] [--lz4]
 *
 * Items and cuts are those of each direction and kind of streams. The exit code is 0 only if each item
 * has arrived once, in order, and as often as wanted a connection was cut.
 */

import { type ProofOptions, readProofOptions } from './options.ts';
import { type Direction, type Found, prove } from './prove.ts';
import type { StreamKind } from './transfers.ts';
import { isRight } from './verdict.ts';

const options = readProofOptions(process.argv.slice(2));
console.log(describeOptions(options));
for (const kind of options.kinds) {
  for (const direction of ['download', 'upload'] as const) {
    const found = await prove(kind, direction, options);
    console.log(describeFound(kind, direction, found));
    if (!isRight(found) || found.cuts < options.cuts) process.exitCode = 1;
  }
}

function describeOptions({ items, cuts, seed, isTls, isCompressed }: ProofOptions): string {
  const carrier = isTls ? 'TLS' : 'TCP';
  const how = isCompressed ? `${carrier} with LZ4` : carrier;
  return `${items} items and ${cuts} cuts each way over ${how}, seed ${seed}`;
}

function describeFound(kind: StreamKind, direction: Direction, found: Found): string {
  const { items, cuts, mainCuts, resumes, lost, twice, isInOrder, seconds } = found;
  return [
    `${kind}, ${direction}: ${items} items`,
    `${cuts} cuts (${mainCuts} of main connections, ${cuts - mainCuts} of others)`,
    `${resumes} sessions resumed`,
    `${lost} lost`,
    `${twice} twice`,
    isInOrder ? 'in order' : 'NOT IN ORDER',
    `${seconds.toFixed(1)} s`,
  ].join(', ');
}
