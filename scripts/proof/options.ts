import { parseArgs } from 'node:util';
import { STREAM_KINDS, type StreamKind } from './transfers.ts';

/** How one kind of streams is proved, in one direction. */
export interface ProofOptions {
  /** Items of each direction. */
  readonly items: number;
  /** Cuts of each direction. */
  readonly cuts: number;
  readonly seed: number;
  readonly isTls: boolean;
  readonly isCompressed: boolean;
}

/** What a user of `npm run proof:resume` asks for. */
export interface Order extends ProofOptions {
  readonly kinds: readonly StreamKind[];
}

/** @throws TypeError that tells what is wrong with the arguments. */
export function readProofOptions(args: string[]): Order {
  const { values } = parseArgs({
    args,
    options: {
      items: { type: 'string', default: '100000' },
      cuts: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      streams: { type: 'string', default: 'all' },
      tls: { type: 'boolean', default: false },
      lz4: { type: 'boolean', default: false },
    },
  });
  return {
    items: readCount('items', values.items, 1),
    cuts: readCount('cuts', values.cuts, 0),
    seed: readCount('seed', values.seed, 0),
    kinds: readKinds(values.streams),
    isTls: values.tls,
    isCompressed: values.lz4,
  };
}

function readCount(name: string, text: string, least: number): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= least) return count;
  throw new TypeError(`--${name} is a whole number from ${least} on, not ${text}`);
}

function readKinds(text: string): readonly StreamKind[] {
  const kinds = STREAM_KINDS.filter((kind) => text === kind || text === 'all');
  if (kinds.length > 0) return kinds;
  throw new TypeError(`--streams is values, verbs or all, not ${text}`);
}
