/** Whether the method of an operation watches its signal: it goes other ways without one. */
export function isWatched(operation: number): boolean {
  return operation % 2 === 1;
}
