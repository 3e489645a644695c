import type { StreamSearch } from '../bson/stream-search.ts';
import type { Field } from './field.ts';

/** Adds the streams in the declared fields of an object, or in the members of a tuple. Never throws. */
export function findInFields(fields: readonly Field[], value: unknown, search: StreamSearch): void {
  if (typeof value !== 'object' || value === null) return;
  for (const { key, codec } of fields) {
    if (codec.hasStreams) codec.findStreams?.(search.field(value, key), search);
  }
}
