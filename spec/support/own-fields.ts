/** An error's own enumerable fields, without what makes it an error. */
export function ownFields(error: unknown): Record<string, unknown> {
  return error instanceof Error ? Object.fromEntries(Object.entries(error)) : {};
}
