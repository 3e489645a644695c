/** What a value is, for a message about what it should have been: `a string`, `an object`, `null`. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
