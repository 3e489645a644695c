import { collectGarbage } from './collect-garbage.ts';

/** Rounds after which what is still there is held. */
const MAX_ROUNDS = 5;
/** What the rounds themselves may leave behind. */
const STEADY_BYTES = 16_384;

/**
 * Bytes that the process holds in its heap and in buffers, garbage left out. It collects until
 * another round frees nothing: a round takes long in a process that has loaded all specs.
 */
export async function heldBytes(): Promise<number> {
  let bytes = Infinity;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    await collectGarbage(1);
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    const freedBytes = bytes - (arrayBuffers + heapUsed);
    bytes = arrayBuffers + heapUsed;
    if (freedBytes < STEADY_BYTES) break;
  }
  return bytes;
}
