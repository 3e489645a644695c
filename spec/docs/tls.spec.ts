import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { TestAuthority } from '../support/certificates.ts';
import { describePage } from '../support/describe-page.ts';

describePage('docs/tls.md', { sections: ['TLS'], prepare: writeCertificates });

async function writeCertificates(folder: string): Promise<void> {
  const authority = await TestAuthority.create();
  writeFileSync(join(folder, 'ca.pem'), authority.cert);
  for (const [name, commonName] of [
    ['server', 'localhost'],
    ['client', 'client-1'],
  ] as const) {
    const { cert, key } = await authority.issue({ commonName });
    writeFileSync(join(folder, `${name}.pem`), cert);
    writeFileSync(join(folder, `${name}.key`), key);
  }
}
