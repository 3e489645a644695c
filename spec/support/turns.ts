/** Lets `count` turns of the loop go by. */
export async function turns(count: number): Promise<void> {
  for (let done = 0; done < count; done++) {
    await new Promise((resolve) => void setImmediate(resolve));
  }
}

/**
 * Below mocha's own limit, so that a wait in vain says what it waited for and ends. Only a hang takes
 * this long, however busy the machine is.
 */
const LIMIT_MS = 120_000;

/** Lets turns of the loop go by until the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  const startedAt = performance.now();
  while (!condition()) {
    if (performance.now() - startedAt > LIMIT_MS) {
      throw new Error(`waited in vain for ${condition.toString()}`);
    }
    await turns(1);
  }
}
