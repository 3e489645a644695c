/** `__proto__` replaces prototypes in careless merges; `_bsontype` makes js-bson take data for its own types. */
const ALWAYS_REFUSED = ['__proto__', '_bsontype'];

/** Longer names are checked by native calls. */
const SHORT_UNITS = 32;

/** The field names that no message may have. */
export class RefusedKeys {
  readonly #names: ReadonlySet<string>;
  readonly #encoded: readonly Buffer[];
  /** The first bytes of the names, in UTF-8. This byte alone is enough for most other names. */
  readonly #isFirstByte = new Uint8Array(256);

  constructor(names: readonly string[]) {
    this.#names = new Set([...ALWAYS_REFUSED, ...names]);
    this.#encoded = Array.from(this.#names, (name) => Buffer.from(name, 'utf8'));
    for (const name of this.#encoded) this.#isFirstByte[name[0] ?? 0] = 1;
  }

  /** Whether the name is refused. */
  has(name: string): boolean {
    return this.#names.has(name);
  }

  /**
   * True for most names that may be sent: short ASCII without U+0000, with a first letter that no
   * refused name has.
   */
  passes(name: string): boolean {
    if (name.length === 0 || name.length > SHORT_UNITS) return false;
    for (let i = 0; i < name.length; i++) {
      const unit = name.charCodeAt(i);
      if (unit === 0 || unit > 0x7f) return false;
    }
    return !this.mayHave(name.charCodeAt(0));
  }

  /**
   * False for most names that are not refused, judged by the first byte alone. The byte of an empty
   * name is 0.
   */
  mayHave(firstByte: number): boolean {
    return this.#isFirstByte[firstByte] === 1;
  }

  /** Whether the name in [start, end) of `bytes` is refused. Decodes nothing. */
  hasBytes(bytes: Buffer, start: number, end: number): boolean {
    if (!this.mayHave(start === end ? 0 : (bytes[start] ?? 0))) return false;
    for (const name of this.#encoded) {
      if (name.length === end - start && name.compare(bytes, start, end) === 0) return true;
    }
    return false;
  }
}
