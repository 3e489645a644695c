/**
 * The paths in errors of the file system and of unix sockets, which are nobody else's business. Such
 * an error names its system call, and has the path as a field and in its message.
 */

import { isError, messageOf, readField } from './foreign.ts';

const HIDDEN = '…';

/** The fields with paths, in errors of system calls. */
const FILE_FIELDS = ['path', 'dest'] as const;

/** Names the fields of an error that hold a path of this machine. */
export function pathFieldsOf(error: unknown): readonly string[] {
  if (!isError(error) || typeof readField(error, 'syscall') !== 'string') return [];
  // A network address comes with a port.
  const isUnixSocket = readField(error, 'port') === undefined;
  const fields = isUnixSocket ? [...FILE_FIELDS, 'address'] : FILE_FIELDS;
  return fields.filter((field) => typeof readField(error, field) === 'string');
}

/** The message of an error, or the text of any other value, with an ellipsis for each path. */
export function messageWithoutPaths(error: unknown): string {
  let message = messageOf(error);
  for (const field of pathFieldsOf(error)) {
    const path = String(readField(error, field));
    message = message.replaceAll(`'${path}'`, `'${HIDDEN}'`);
    if (message.endsWith(` ${path}`)) message = `${message.slice(0, -path.length)}${HIDDEN}`;
  }
  return message;
}
