/** Lets turns of the loop go by until the condition holds; a test that waits in vain runs into mocha's limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => void setImmediate(resolve));
}
