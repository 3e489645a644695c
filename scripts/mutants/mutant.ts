/** One place of lib, broken on purpose. The spec that the list of mutants stands beside must notice. */
export interface Mutant {
  /** The row of `FEATURES.md`; the tests that carry its id are run. */
  readonly row: string;
  /** A class, function or object that the list imports by name. It says which file is meant. */
  readonly of: object;
  /**
   * Where in that file: a member of the class `of`, `#` included, or else another name at the top
   * level of the file. All of `of` unless given.
   */
  readonly in?: string;
  /**
   * The code as it is: a part of a line or of several, which stands there exactly once. Spaces, line
   * breaks, comments and trailing commas don't count.
   */
  readonly find: string;
  /** The code that stands there instead. It compiles. */
  readonly replace: string;
  /** The defect that a user would see. */
  readonly why: string;
}

/** A mutant whose place has been found. */
export interface PlacedMutant extends Mutant {
  /** The spec that must fail, from the project's root. */
  readonly spec: string;
  /** The file of lib, from the project's root. */
  readonly file: string;
  /** The code to replace, as offsets into the file. */
  readonly place: Range;
}

/** A part of a text, as offsets into it. */
export interface Range {
  readonly start: number;
  readonly end: number;
}
