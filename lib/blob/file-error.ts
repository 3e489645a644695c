/**
 * An error in the form of Node's file system errors, for a problem that we find ourselves. `code`
 * names the problem.
 */
export function fileError(
  code: 'EEXIST' | 'EINVAL' | 'EIO' | 'EISDIR',
  problem: string,
  path: string,
): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${problem}, '${path}'`), { code, path });
}
