/** One place of lib, broken on purpose. The specs of the row that depends on it must notice. */
export interface Mutant {
  /** The row of `FEATURES.md`; the tests that carry its id are run. */
  readonly row: string;
  readonly file: string;
  /** The text as it is, a line or a part of one. It stands in the file exactly once. */
  readonly find: string;
  /** What stands there instead. It compiles. */
  readonly replace: string;
  /** The spec that must fail. */
  readonly spec: string;
  /** What goes wrong then. */
  readonly why: string;
}
