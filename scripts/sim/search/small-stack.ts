/**
 * Processes that run worlds have a stack of 300 KiB, a third of the usual one: code that goes deeper with
 * each frame of a peer shows with fewer of them. Compiled code takes less of it than code that has just begun.
 */
export const SMALL_STACK: readonly string[] = ['--stack-size=300'];
