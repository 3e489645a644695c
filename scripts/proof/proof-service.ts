import { type LocalStream, type RemoteStream, stream } from '../../lib/index.ts';
import { type Item, makeItems, MEAN_ITEM_BYTES } from './items.ts';
import { Judge, type Verdict } from './verdict.ts';

/** A window that holds a small part of the items, so that neither end runs far ahead. */
export function resumableFor(count: number): { readonly windowBytes: number } {
  return { windowBytes: Math.min(262_144, Math.ceil((count * MEAN_ITEM_BYTES) / 20)) };
}

/** The methods of the other process: it sends a stream, and judges one. */
export class ProofService {
  /** The readings, by the names that the client gave them. */
  readonly #readings = new Map<string, Reading>();

  /** Sends so many items. To be called again if the reply was lost. */
  download(count: number): Promise<LocalStream<Item>> {
    return Promise.resolve(stream(makeItems(count), { resumable: resumableFor(count) }));
  }

  /** Reads the items to their end. */
  async upload(name: string, count: number, items: RemoteStream<Item>): Promise<void> {
    const judge = new Judge(count);
    const reading = { judge, done: read(items, judge) };
    this.#readings.set(name, reading);
    await reading.done;
  }

  /** How many items a reading has got; undefined if there is no such reading. */
  progress(name: string): number | undefined {
    return this.#readings.get(name)?.judge.items;
  }

  /** What a reading has found, when it has come to its end. */
  async verdict(name: string): Promise<Verdict | undefined> {
    const reading = this.#readings.get(name);
    await reading?.done;
    return reading?.judge.verdict;
  }
}

interface Reading {
  readonly judge: Judge;
  readonly done: Promise<void>;
}

async function read(items: RemoteStream<Item>, judge: Judge): Promise<void> {
  for await (const item of items) judge.add(item);
}
