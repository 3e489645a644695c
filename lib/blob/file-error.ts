import { isError, readField } from '../errors/foreign.ts';

/**
 * An error in the form of Node's file system errors, for a problem that we find ourselves. `code`
 * names the problem.
 */
export function fileError(
  code: 'EBUSY' | 'EEXIST' | 'EINVAL' | 'EIO' | 'EISDIR',
  problem: string,
  path: string,
): NodeJS.ErrnoException {
  const error = new Error(`${code}: ${problem}, '${path}'`);
  return Object.assign(error, { code, syscall: 'open', path });
}

/** Whether it is an error with that code. */
export function isCode(error: unknown, code: string): boolean {
  return isError(error) && readField(error, 'code') === code;
}
