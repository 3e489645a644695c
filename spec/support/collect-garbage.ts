import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects garbage again and again until the condition holds, as finalizers run in turns of their own. */
export async function collectUntil(condition: () => boolean): Promise<void> {
  while (!condition()) {
    collect();
    await new Promise((resolve) => void setImmediate(resolve));
  }
}

/** Collects garbage a few times and lets finalizers run. */
export async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    collect();
    await new Promise((resolve) => void setImmediate(resolve));
  }
}
