import { generate } from 'selfsigned';

/** A certificate and its key, as Node's `tls` options take them. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

/** A certificate that nobody checks, made on the spot: what TLS costs a stream does not depend on it. */
export async function makeCredentials(): Promise<Credentials> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
  });
  return { cert, key };
}
