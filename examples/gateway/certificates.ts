import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';

const NAME_IN_CERTIFICATE = [{ type: 2, value: 'localhost' } as const];

/** An authority, and certificates of it for the two processes. Real ones come from elsewhere. */
export async function writeCertificates(folder: string, names: readonly string[]): Promise<void> {
  const options = { keyType: 'ec', algorithm: 'sha256' } as const;
  const ca = await generate([{ name: 'commonName', value: 'example authority' }], {
    ...options,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  await writeFile(join(folder, 'ca.pem'), ca.cert);
  for (const name of names) {
    const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
      ...options,
      ca: { cert: ca.cert, key: ca.private },
      extensions: [
        { name: 'basicConstraints', cA: false },
        { name: 'subjectAltName', altNames: NAME_IN_CERTIFICATE },
      ],
    });
    await writeFile(join(folder, `${name}.pem`), cert);
    await writeFile(join(folder, `${name}.key`), key, { mode: 0o600 });
  }
}
