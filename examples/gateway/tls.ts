import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The certificate of a process, and the authority that it trusts. */
export function readTls(folder: string, name: string): { ca: Buffer; cert: Buffer; key: Buffer } {
  return {
    ca: readFileSync(join(folder, 'ca.pem')),
    cert: readFileSync(join(folder, `${name}.pem`)),
    key: readFileSync(join(folder, `${name}.key`)),
  };
}
