import { hasField } from '../../errors/foreign.ts';
import type { Codec } from './codec.ts';

/** The type of a field of a declared record, such as `i32`, `string` or another `record({…})`. */
export interface FieldType<T> {
  /** The form of its values in BSON. */
  readonly bson: Codec<T>;
}

/** A field that may be left out; see `optional`. */
export interface OptionalField<T> extends FieldType<T | undefined> {
  /** Marks fields that may be absent. */
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

/**
 * The tuple type that a list of field types describes; optional members at the end may be left out.
 */
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

/** Whether the value is a type of fields. */
export function isFieldType(type: unknown): type is FieldType<unknown> {
  return hasField(type, 'bson');
}

/** Whether the type was made by `optional`. */
export function isOptionalField(type: FieldType<unknown>): boolean {
  return 'isOptional' in type;
}
