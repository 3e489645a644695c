import { collectGarbage } from './collect-garbage.ts';

/** Bytes that the process holds in its heap and in buffers, garbage left out. */
export async function heldBytes(): Promise<number> {
  await collectGarbage();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}
