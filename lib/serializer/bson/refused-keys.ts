/** `__proto__` replaces prototypes in careless merges; `_bsontype` makes js-bson take data for its own types. */
const ALWAYS_REFUSED = ['__proto__', '_bsontype'];

/** The field names that no message may have. */
export class RefusedKeys {
  readonly #names: ReadonlySet<string>;
  readonly #encoded: readonly Buffer[];

  constructor(names: readonly string[]) {
    this.#names = new Set([...ALWAYS_REFUSED, ...names]);
    this.#encoded = Array.from(this.#names, (name) => Buffer.from(name, 'utf8'));
  }

  /** Whether the name is refused. */
  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** Whether the name in [start, end) of `bytes` is refused. Decodes nothing. */
  hasBytes(bytes: Buffer, start: number, end: number): boolean {
    for (const name of this.#encoded) {
      if (name.length === end - start && name.compare(bytes, start, end) === 0) return true;
    }
    return false;
  }
}
