/**
 * The type of a value, for a message that names the expected type too: `a string`, `an object`,
 * `null`.
 */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
