import { type BatchOperation, ClassicLevel, type Iterator } from 'classic-level';
import { type Entry, entryBytes } from './entry.ts';

type Database = ClassicLevel<Uint8Array, Uint8Array>;

/** Bytes that LevelDB gathers in memory before it writes a sorted table: few large ones load fastest. */
const WRITE_BUFFER_BYTES = 16 * 1024 * 1024;
/** How much one read takes from the disk. */
const READ_BATCH_BYTES = 512 * 1024;
const READ_BATCH_ITEMS = 1_000;

/** An ordered map of bytes to bytes on disk: a LevelDB of one process. */
export class Store implements AsyncDisposable {
  readonly #database: Database;
  #items = 0;
  #bytes = 0;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** Opens the store in a folder, which is made if need be. */
  static async open(path: string): Promise<Store> {
    const database: Database = new ClassicLevel(path, {
      keyEncoding: 'view',
      valueEncoding: 'view',
      writeBufferSize: WRITE_BUFFER_BYTES,
    });
    await database.open();
    return new Store(database);
  }

  /** How many entries were written. */
  get items(): number {
    return this.#items;
  }

  /** How many bytes of keys and values were written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Writes all of the entries, or none. */
  async write(entries: readonly Entry[]): Promise<void> {
    await this.#database.batch(entries.map(toPut));
    this.#items += entries.length;
    for (const entry of entries) this.#bytes += entryBytes(entry);
  }

  /** Reads all entries in the order of their keys. */
  read(): StoreReader {
    const options = { highWaterMarkBytes: READ_BATCH_BYTES, fillCache: false };
    return new StoreReader(this.#database.iterator(options));
  }

  /** Closes the store and opens it again, so that what is read next comes from the disk. */
  async reopen(): Promise<void> {
    await this.#database.close();
    await this.#database.open();
  }

  /** Closes the store; nothing may be reading it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#database.close();
  }
}

/** Reads a store as one reads a source: batch by batch, until undefined. */
export class StoreReader implements AsyncDisposable {
  readonly #iterator: Iterator<Database, Uint8Array, Uint8Array>;

  constructor(iterator: Iterator<Database, Uint8Array, Uint8Array>) {
    this.#iterator = iterator;
  }

  /** The next entries, at least one, or undefined at the end. */
  async readBatch(): Promise<Entry[] | undefined> {
    const batch = await this.#iterator.nextv(READ_BATCH_ITEMS);
    return batch.length > 0 ? batch : undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#iterator.close();
  }
}

function toPut([key, value]: Entry): BatchOperation<Database, Uint8Array, Uint8Array> {
  return { type: 'put', key, value };
}
