/** Imported as `sluice/layout`: serializers, and the types of members and fields that they are put together from. */

export { bson, createBson } from './serializer/bson/bson.ts';
export type { BsonOptions } from './serializer/bson/bson-options.ts';
export { raw } from './serializer/raw.ts';
export type { Serializer, StreamHandles } from './serializer/serializer.ts';
export type { TupleSerializer } from './types/tuple-serializer.ts';
export { packed } from './serializer/packed/packed.ts';
export type { Member, OptionalMember, TupleOf } from './serializer/packed/member.ts';
export { i8, i16, i32, u8, u16, u32 } from './serializer/types/integers.ts';
export { i64, u64 } from './serializer/types/int64.ts';
export { f32, f64 } from './serializer/types/floats.ts';
export { bool } from './serializer/types/bool.ts';
export { string } from './serializer/types/string.ts';
export { bytes } from './serializer/types/bytes.ts';
export { array } from './serializer/types/array.ts';
export { map } from './serializer/types/map.ts';
export { tuple } from './serializer/types/tuple.ts';
export { optional } from './serializer/types/optional.ts';
export { sinkOf, sourceOf } from './serializer/types/stream-member.ts';
export { record, type RecordType } from './serializer/types/record.ts';
export { createShaped, type Shaped, shaped } from './serializer/shape/shaped.ts';
export { any } from './serializer/types/any.ts';
export { date } from './serializer/types/date.ts';
export { nullable } from './serializer/types/nullable.ts';
export { objectId } from './serializer/types/object-id.ts';
export type {
  FieldType,
  FieldTypes,
  OptionalField,
  RecordOf,
  ShapedTuple,
} from './serializer/shape/field-type.ts';
export type { ValueType } from './serializer/types/value-type.ts';
