import { resolve } from 'node:path';

import { OptionError } from '../errors/errors.ts';

/** Linux keeps 108 bytes for the path of a socket, other systems 104, with a zero byte at the end. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/**
 * The path of a unix socket, made absolute: it means the same also after the process has changed its
 * folder. Names that are no files stay as they are: abstract sockets, and pipes of Windows.
 *
 * @throws OptionError for a path that the system can't hold; it would cut it without a word.
 */
export function resolveSocketPath(path: string): string {
  if (path.startsWith('\0') || process.platform === 'win32') return path;
  const absolute = resolve(path);
  const bytes = Buffer.byteLength(absolute);
  if (bytes > MAX_PATH_BYTES) {
    const problem = `the system takes at most ${MAX_PATH_BYTES} bytes, and ${absolute} has ${bytes}`;
    throw new OptionError('path', problem);
  }
  return absolute;
}
