import { generate } from 'selfsigned';

/** A certificate and its key, as Node's `tls` options take them. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

/** A certificate for this machine, made on the spot. */
export async function makeCredentials(): Promise<Credentials> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  return { cert, key };
}
