/** An error as Node's file system has them, for what only we find out: `code` says what it is. */
export function fileError(
  code: 'EEXIST' | 'EINVAL' | 'EIO' | 'EISDIR',
  problem: string,
  path: string,
): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${problem}, '${path}'`), { code, path });
}
