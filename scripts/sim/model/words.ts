import type { SeenError } from '../run/history.ts';

/** A timer is no finer than a millisecond, and a cancel takes no longer. */
export const TICK_MS = 2;

/** An error in words. */
export function told({ name, code, message }: SeenError): string {
  return `${name} ${code ?? 'without code'}: ${message}`;
}
