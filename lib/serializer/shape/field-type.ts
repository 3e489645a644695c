import type { Codec } from './codec.ts';

/** What a field of a declared record can be, such as `i32`, `string` or another `record({…})`. */
export interface FieldType<T> {
  /** How its values stand in BSON. */
  readonly bson: Codec<T>;
}

/** A field that may be left out; see `optional`. */
export interface OptionalField<T> extends FieldType<T | undefined> {
  /** Tells it from fields that must be there. */
  readonly isOptional: true;
}

/** The fields of a record by their names. */
export type FieldTypes = Readonly<Record<string, FieldType<unknown>>>;

/** The object type that a list of fields describes; optional fields may be left out. */
export type RecordOf<F extends FieldTypes> = Flattened<
  {
    -readonly [K in keyof F as F[K] extends OptionalField<unknown> ? never : K]: ValueOf<F[K]>;
  } & {
    -readonly [K in keyof F as F[K] extends OptionalField<unknown> ? K : never]?: ValueOf<F[K]>;
  }
>;

/** The tuple type that a list of field types describes; optional ones at the end may be left out. */
export type ShapedTuple<M extends readonly FieldType<unknown>[]> = M extends readonly [
  infer Head,
  ...infer Tail extends readonly FieldType<unknown>[],
]
  ? Head extends OptionalField<unknown>
    ? [ValueOf<Head>?, ...ShapedTuple<Tail>]
    : [ValueOf<Head>, ...ShapedTuple<Tail>]
  : M extends readonly []
    ? []
    : unknown[];

type ValueOf<F> =
  F extends OptionalField<infer T> ? T | undefined : F extends FieldType<infer T> ? T : never;

type Flattened<T> = { [K in keyof T]: T[K] };

/** True for what stands for a type of fields. */
export function isFieldType(type: unknown): type is FieldType<unknown> {
  return typeof type === 'object' && type !== null && 'bson' in type;
}

/** True for what `optional` made. */
export function isOptionalField(type: FieldType<unknown>): boolean {
  return 'isOptional' in type;
}
