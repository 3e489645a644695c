/** Ends a benchmark whose result is wrong. */
export function expectEqual<T>(actual: T, expected: T): void {
  if (actual !== expected) throw new Error(`got ${String(actual)} in place of ${String(expected)}`);
}
