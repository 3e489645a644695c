import type { BatchOptions, WaitOptions } from '../../../lib/index.ts';
import type { Flow, Operation, Plan } from '../plan/plan.ts';
import { itemBytes, itemOf, type SentItem } from './item.ts';
import type { OperationRecorder } from './recorder.ts';

/** A buffer has these bytes before a read. */
const EMPTY = 0xa5;
/** It gets these after a read that has failed. */
const TAKEN_BACK = 0x5a;
/** Room behind the largest item. */
const SPARE_BYTES = 5;
/** No item is as small. */
const TOO_FEW_BYTES = 8;
/** Reads into a buffer in which one begins with too small a one. */
const TIGHT_EVERY = 3;
/** So many reads are given up, so that a stream that is quiet for long comes to an end. */
const MAX_GIVEN_UP = 5;
/** Items of a batch in a mix of reads. */
const FEW_ITEMS = 2;
/** A reader has its last items for so long after it has left. */
const REST_MS = 1;

/** A stream as a reader has it that reads in memory that is used again. */
export interface LendingSource {
  cancel?(reason?: unknown): void;
  /** Undefined at the end. */
  readOwn(options: WaitOptions): Promise<SentItem | undefined>;
  readBatch(options: BatchOptions): Promise<SentItem[] | undefined>;
  readInto(buffer: Uint8Array, options: WaitOptions): Promise<number | undefined>;
  borrowed(): AsyncIterable<SentItem>;
}

/** A stream, and whoever reads it. */
interface Reader {
  readonly own: OperationRecorder;
  readonly stream: string;
  readonly flow: Flow;
  readonly source: LendingSource;
}

/** Whether some stream of the plan is read, or filled, in memory that is used again. */
export function isLent({ clients }: Pick<Plan, 'clients'>): boolean {
  return clients.some(({ operations }) => operations.some(isOperationLent));
}

function isOperationLent(operation: Operation): boolean {
  if (operation.kind === 'nested') return operation.cells.reading !== undefined;
  if (!('flow' in operation)) return false;
  const { reading, isTaken } = operation.flow;
  return reading !== undefined || isTaken === true;
}

/** The items of a stream, read as its flow says. Those of one step have to stay right until the next one. */
export async function* lentItems(reader: Reader): AsyncGenerator<SentItem, void, undefined> {
  for await (const step of stepsOf(reader)) {
    const look = lookAt(reader, step);
    try {
      yield* step;
    } finally {
      look();
    }
  }
}

async function* stepsOf(reader: Reader): AsyncGenerator<readonly SentItem[], void, undefined> {
  const { source, own } = reader;
  if (reader.flow.reading === 'borrowed') {
    for await (const item of source.borrowed()) yield [item];
    return;
  }
  const reads = new LentReads(reader);
  let look: (() => void) | undefined;
  let isOver = false;
  try {
    for (let step; (step = await reads.next()) !== undefined;) {
      look = lookAt(reader, step);
      yield step;
    }
    isOver = true;
  } catch (error) {
    isOver = true;
    throw error;
  } finally {
    if (!isOver) {
      source.cancel?.('not wanted any more');
      await own.running.sleep(REST_MS);
      look?.();
    }
  }
}

/** Takes down items that are not as they are now. */
function lookAt({ own, stream }: Reader, step: readonly SentItem[]): () => void {
  const before = step.map((item) => copyOf(item));
  return () => {
    for (const [at, item] of step.entries()) {
      const { index } = itemOf(before[at] ?? item);
      if (!isSame(before[at] ?? item, item)) own.add('spoiled', { stream, index });
    }
  };
}

function copyOf(item: SentItem): SentItem {
  if (item instanceof Uint8Array) return Uint8Array.from(item);
  return { ...item, pad: Uint8Array.from(item.pad) };
}

function isSame(one: SentItem, other: SentItem): boolean {
  return Buffer.compare(bytesOf(one), bytesOf(other)) === 0;
}

function bytesOf(item: SentItem): Uint8Array {
  return item instanceof Uint8Array ? item : item.pad;
}

/** Reads of one stream, one after the other. */
class LentReads {
  readonly #reader: Reader;
  #reads = 0;
  #givenUp = 0;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** The items of the next step; undefined at the end. */
  async next(): Promise<readonly SentItem[] | undefined> {
    const { flow } = this.#reader;
    const turn = this.#reads++;
    if (flow.reading === 'batch') return this.#batch(Infinity);
    if (flow.reading === 'into') {
      return turn % TIGHT_EVERY === 2 && (await this.#isEndInTight()) ? undefined : this.#into();
    }
    switch (turn % 5) {
      case 0:
        return this.#batch(1);
      case 1:
        return this.#into();
      case 2:
        return this.#owned();
      case 3:
        return (await this.#isEndInTight()) ? undefined : this.#batch(FEW_ITEMS);
      default:
        return (await this.#isEndInTight()) ? undefined : this.#owned();
    }
  }

  #batch(max: number): Promise<readonly SentItem[] | undefined> {
    const { source } = this.#reader;
    return this.#patiently((bounds) => source.readBatch({ ...bounds, borrowed: true, max }));
  }

  /** An item of the reader's own stays as it came for ever. */
  async #owned(): Promise<readonly SentItem[] | undefined> {
    const { source, own, stream } = this.#reader;
    const item = await this.#patiently((bounds) => source.readOwn(bounds));
    if (item === undefined) return undefined;
    const before = copyOf(item);
    own.watch(stream, () => isSame(before, item));
    return [item];
  }

  async #into(): Promise<readonly SentItem[] | undefined> {
    const { stream, flow } = this.#reader;
    const size = itemBytes(stream, flow.itemBytes) + SPARE_BYTES;
    const bytes = await this.#patiently((bounds) => this.#readInto(size, bounds));
    return bytes && [bytes];
  }

  /** Reads into too small a buffer, in vain. Returns whether that was the end. */
  async #isEndInTight(): Promise<boolean> {
    try {
      const bytes = await this.#patiently((bounds) => this.#readInto(TOO_FEW_BYTES, bounds));
      if (bytes !== undefined) this.#tellSpoiled();
      return bytes === undefined;
    } catch (error) {
      if (codeOf(error) === 'ERR_MESSAGE_TOO_LARGE') return false;
      throw error;
    }
  }

  /** Nothing is written to the buffer but the item, and to that of a read that has failed nothing at all. */
  async #readInto(size: number, bounds: WaitOptions): Promise<Uint8Array | undefined> {
    const { source, own, stream } = this.#reader;
    const buffer = Buffer.alloc(size, EMPTY);
    let length: number | undefined;
    try {
      length = await source.readInto(buffer, bounds);
    } catch (error) {
      if (!isFilled(buffer, EMPTY)) this.#tellSpoiled();
      buffer.fill(TAKEN_BACK);
      own.watch(stream, () => isFilled(buffer, TAKEN_BACK));
      throw error;
    }
    if (!isFilled(buffer.subarray(length ?? 0), EMPTY)) this.#tellSpoiled();
    const before = Buffer.from(buffer);
    own.watch(stream, () => before.equals(buffer));
    return length === undefined ? undefined : buffer.subarray(0, length);
  }

  /** Gives some reads up that take too long: by their time limit, and by a signal. */
  async #patiently<R>(read: (bounds: WaitOptions) => Promise<R>): Promise<R> {
    const { patienceMs } = this.#reader.flow;
    while (patienceMs !== undefined && this.#givenUp < MAX_GIVEN_UP) {
      const isTimed = this.#givenUp % 2 === 0;
      try {
        return isTimed
          ? await read({ timeoutMs: patienceMs })
          : await this.#untilSignal(patienceMs, read);
      } catch (error) {
        if (codeOf(error) !== (isTimed ? 'ERR_TIMEOUT' : 'ERR_CANCELED')) throw error;
        this.#givenUp++;
      }
    }
    return read({});
  }

  async #untilSignal<R>(ms: number, read: (bounds: WaitOptions) => Promise<R>): Promise<R> {
    const { clock } = this.#reader.own.running;
    const abort = new AbortController();
    const timer = clock.setTimeout(() => abort.abort(new Error('it takes too long')), ms);
    try {
      return await read({ signal: abort.signal });
    } finally {
      timer.cancel();
    }
  }

  #tellSpoiled(): void {
    const { own, stream } = this.#reader;
    own.add('spoiled', { stream });
  }
}

function isFilled(bytes: Uint8Array, byte: number): boolean {
  return Buffer.alloc(bytes.length, byte).equals(bytes);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
