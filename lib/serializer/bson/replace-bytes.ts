/**
 * Replaces some of the byte views in a freshly decoded value. Changes the value itself. Only
 * records and arrays in the form that js-bson makes them are entered.
 *
 * @param replace - returns the view itself to keep it.
 */
export function replaceBytes(value: unknown, replace: (bytes: Uint8Array) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return replace(value);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = replaceBytes(value[i], replace);
  } else if (isRecord(value)) {
    for (const key of Object.keys(value)) value[key] = replaceBytes(value[key], replace);
  }
  return value;
}

function isRecord(value: object): value is Record<string, unknown> {
  return Object.getPrototypeOf(value) === Object.prototype;
}
