/** Below mocha's own limit, so that a wait in vain says what it waited for and ends. */
const LIMIT_MS = 15_000;

/** Lets turns of the loop go by until the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  const startedAt = performance.now();
  while (!condition()) {
    if (performance.now() - startedAt > LIMIT_MS) {
      throw new Error(`waited in vain for ${condition.toString()}`);
    }
    await new Promise((resolve) => void setImmediate(resolve));
  }
}
