/** The part of a serializer that types need. `Serializer` is the whole. */
export interface TupleSerializer<T extends unknown[]> {
  /**
   * The serializer's signature, for example `packed(i32,i64)`. Both ends of a stream have the same.
   */
  readonly name: string;
  /** Never present: carries the tuple's type. */
  readonly tuple?: T;
}
