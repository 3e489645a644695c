import { parseArgs } from 'node:util';

/** What a user of `npm run proof:resume` asks for. */
export interface ProofOptions {
  /** Items of each direction. */
  readonly items: number;
  /** Cuts of each direction. */
  readonly cuts: number;
  readonly seed: number;
  readonly isTls: boolean;
  readonly isCompressed: boolean;
}

/** @throws TypeError that tells what is wrong with the arguments. */
export function readProofOptions(args: string[]): ProofOptions {
  const { values } = parseArgs({
    args,
    options: {
      items: { type: 'string', default: '100000' },
      cuts: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      tls: { type: 'boolean', default: false },
      lz4: { type: 'boolean', default: false },
    },
  });
  return {
    items: readCount('items', values.items, 1),
    cuts: readCount('cuts', values.cuts, 0),
    seed: readCount('seed', values.seed, 0),
    isTls: values.tls,
    isCompressed: values.lz4,
  };
}

function readCount(name: string, text: string, least: number): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= least) return count;
  throw new TypeError(`--${name} is a whole number from ${least} on, not ${text}`);
}
