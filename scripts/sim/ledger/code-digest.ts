import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXTENSION_VERSION } from '../../../lib/connection/handshake/capabilities.ts';

/** The folders that decide what becomes of a call, an item or a byte. */
const FOLDERS = ['wire', 'connection', 'stream', 'call', 'session', 'service'];

/** Comments stand on lines of their own. They change no meaning. */
const COMMENT = /^\s*(?:\/\/|\/\*|\*(?:[\s/]|$))/;

/**
 * Stands for the meaning of the code that a run proves something of: the version of the wire, and the
 * code of the folders that decide, without its comments.
 */
export function codeDigest(root: string = 'lib'): string {
  const hash = createHash('sha256').update(String(EXTENSION_VERSION));
  for (const folder of FOLDERS) {
    const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((file) => file.endsWith('.ts')).toSorted()) {
      const lines = readFileSync(join(root, folder, name), 'utf8').split('\n');
      const code = lines.filter((line) => line.trim() !== '' && !COMMENT.test(line));
      hash.update(`${folder}/${name}\n${code.join('\n')}\n`);
    }
  }
  return hash.digest('hex').slice(0, 16);
}
