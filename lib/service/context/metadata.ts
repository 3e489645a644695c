/**
 * Facts that go with a call beside its values. Names are those of HTTP/2: letters, digits, `_`, `.`
 * and `-`. Upper case becomes lower case when a name is set.
 */

import { isUint8Array } from 'node:util/types';

import { shownValue } from '../../base/shown-value.ts';
import type { Initiator } from '../../errors/rpc-error.ts';
import { MisuseError, SerializationError } from '../../errors/errors.ts';
import type { Metadata, MetadataEntries } from '../../types/value-stream.ts';
import { areGone, GONE_BYTES } from '../../serializer/gone-bytes.ts';
import { isWellFormed } from '../../serializer/utf8.ts';

/** The most entries of one piece of metadata. */
export const MAX_METADATA_ENTRIES = 64;

/** The most characters of a name. */
export const MAX_METADATA_NAME = 128;

/** No metadata. */
export const NO_METADATA: Metadata = Object.freeze(Object.create(null) as Metadata);

/**
 * The caller's metadata with lower-case names. If several names become the same, the last one
 * counts.
 *
 * @param maxBytes - of all names and values together, in UTF-8.
 * @throws MisuseError naming the entry that does not fit, or if it is no metadata.
 */
export function normalizeMetadata(given: MetadataEntries, maxBytes: number): Metadata {
  const bag = new MetadataBag(maxBytes);
  for (const [name, value] of entriesOf(given)) {
    if (value !== undefined) bag.set(name, value);
  }
  return bag.entries;
}

/** The entries of a record, a Map, Headers, or a list of pairs. */
function entriesOf(given: unknown): Iterable<readonly [unknown, unknown]> {
  if (typeof given !== 'object' || given === null) throw noMetadata(shownValue(given));
  if (Symbol.iterator in given) return pairsOf(given as Iterable<unknown>);
  const entries = Object.entries(given);
  // An object of a class keeps its values elsewhere, and they would vanish.
  if (entries.length === 0 && !isRecord(given)) throw noMetadata(shownValue(given));
  return entries;
}

function* pairsOf(given: Iterable<unknown>): Generator<readonly [unknown, unknown]> {
  for (const pair of given) {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw noMetadata(`${shownValue(given)} that holds ${shownValue(pair)}`);
    }
    yield pair as unknown as readonly [unknown, unknown];
  }
}

function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function noMetadata(shown: string): MisuseError {
  return new MisuseError(`metadata must be a record, a Map or Headers, not ${shown}`);
}

/**
 * Metadata as it was received. It is checked like metadata that we send, and has no prototype.
 *
 * @throws SerializationError blaming `remote`.
 */
export function receivedMetadata(value: unknown, maxBytes: number): Metadata {
  if (!isDocument(value)) throw malformed('metadata that is no document');
  const bag = new MetadataBag(maxBytes, 'remote');
  for (const [name, entry] of Object.entries(value)) bag.set(name, entry);
  return bag.entries;
}

/** Metadata that grows entry by entry. */
export class MetadataBag {
  readonly #maxBytes: number;
  readonly #blamed: Initiator;
  readonly #entries: Record<string, string | Uint8Array> = Object.create(
    null,
  ) as typeof NO_METADATA;
  #count = 0;
  #bytes = 0;

  constructor(maxBytes: number, blamed: Initiator = 'local') {
    this.#maxBytes = maxBytes;
    this.#blamed = blamed;
  }

  /** To be changed only by `set`. */
  get entries(): Metadata {
    return this.#entries;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /**
   * Adds an entry, or replaces the one of that name. @throws MisuseError, or SerializationError if
   * the peer is to blame.
   */
  set(given: unknown, value: unknown): void {
    if (typeof given !== 'string') {
      this.#refuse(`metadata can't be named ${shownValue(given)}: a name is a string`);
    }
    const name = this.#blamed === 'local' ? given.toLowerCase() : given;
    this.#check(name, value);
    const old = this.#entries[name];
    const bytes =
      this.#bytes + sizeOf(name, value as string) - (old === undefined ? 0 : sizeOf(name, old));
    if (bytes > this.#maxBytes) {
      this.#refuse(
        `metadata ${name} makes ${bytes} bytes, more than ${this.#maxBytes} (limits.maxMetadataBytes)`,
      );
    }
    if (old === undefined && ++this.#count > MAX_METADATA_ENTRIES) {
      this.#refuse(`metadata ${name} is one more than ${MAX_METADATA_ENTRIES} entries`);
    }
    this.#bytes = bytes;
    this.#entries[name] = value as string | Uint8Array;
  }

  #check(name: string, value: unknown): void {
    if (!isName(name)) {
      const shown = JSON.stringify(name.slice(0, MAX_METADATA_NAME));
      this.#refuse(
        `metadata can't be named ${shown}: a name has 1 to ${MAX_METADATA_NAME} letters, digits, "_", "." and "-"`,
      );
    }
    if (isUint8Array(value)) {
      if (areGone(value)) this.#refuse(`metadata ${name}: ${GONE_BYTES}`);
      return;
    }
    if (typeof value !== 'string') {
      this.#refuse(`metadata ${name} is neither a string nor bytes, but ${shownValue(value)}`);
    }
    if (!isWellFormed(value)) this.#refuse(`metadata ${name} has a lone surrogate`);
  }

  #refuse(problem: string): never {
    if (this.#blamed === 'local') throw new MisuseError(problem);
    throw malformed(problem);
  }
}

/** Whether the value has the type of a BSON document that was read. */
export function isDocument(value: unknown): value is Readonly<Partial<Record<string, unknown>>> {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

function malformed(problem: string): SerializationError {
  return new SerializationError(problem, { initiator: 'remote' });
}

function sizeOf(name: string, value: string | Uint8Array): number {
  return name.length + (typeof value === 'string' ? Buffer.byteLength(value) : value.length);
}

function isName(name: string): boolean {
  if (name.length === 0 || name.length > MAX_METADATA_NAME) return false;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    const isLetter = code >= 0x61 && code <= 0x7a;
    const isDigit = code >= 0x30 && code <= 0x39;
    if (!isLetter && !isDigit && code !== 0x2d && code !== 0x2e && code !== 0x5f) return false;
  }
  return true;
}
