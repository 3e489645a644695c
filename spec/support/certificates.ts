import { generate } from 'selfsigned';

/** A certificate and its key, as Node's `tls` options take them. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

/** What a test may want to differ from a good server certificate. */
export interface CertificateOptions {
  /** @default 'localhost' */
  readonly commonName?: string;
  /** @default ['localhost'] */
  readonly names?: readonly string[];
  /** @default ['127.0.0.1', '::1'] */
  readonly addresses?: readonly string[];
  /** Valid for a week that ended yesterday. */
  readonly isExpired?: boolean;
}

const DAY_MS = 86_400_000;

/** An authority of its own, made on the spot; nothing is kept in the repository or on disk. */
export class TestAuthority {
  readonly cert: string;
  readonly #key: string;

  private constructor(credentials: Credentials) {
    this.cert = credentials.cert;
    this.#key = credentials.key;
  }

  static async create(commonName = 'sluice test authority'): Promise<TestAuthority> {
    const { cert, private: key } = await generate([{ name: 'commonName', value: commonName }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      ],
    });
    return new TestAuthority({ cert, key });
  }

  /** Signs a certificate that serves at either end. */
  async issue(options: CertificateOptions = {}): Promise<Credentials> {
    const { commonName = 'localhost', isExpired = false } = options;
    const { names = ['localhost'], addresses = ['127.0.0.1', '::1'] } = options;
    const nowMs = Date.now();
    const { cert, private: key } = await generate([{ name: 'commonName', value: commonName }], {
      keyType: 'ec',
      algorithm: 'sha256',
      ca: { cert: this.cert, key: this.#key },
      notBeforeDate: new Date(nowMs - (isExpired ? 8 : 1) * DAY_MS),
      notAfterDate: new Date(nowMs + (isExpired ? -1 : 1) * DAY_MS),
      extensions: [
        { name: 'basicConstraints', cA: false },
        {
          name: 'subjectAltName',
          altNames: [
            ...names.map((value) => ({ type: 2, value }) as const),
            ...addresses.map((ip) => ({ type: 7, ip }) as const),
          ],
        },
      ],
    });
    return { cert, key };
  }
}
