import { isIP } from 'node:net';
import type { ConnectionOptions as TlsDialOptions, TlsOptions as TlsListenOptions } from 'node:tls';

import { OptionError } from '../errors/errors.ts';

/** The protocol that we announce. A client of another protocol then fails in the handshake. */
export const ALPN_PROTOCOL = 'sluice/1';

const MIN_VERSION = 'TLSv1.2';
const TOO_OLD: readonly unknown[] = ['TLSv1', 'TLSv1.1'];
/** Node's default of two minutes is long for a client that only holds a socket open. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** A server proves its identity by one of these. */
const CREDENTIALS = ['cert', 'pfx', 'SNICallback'] as const;

/**
 * Checks TLS options and fills in our defaults. The content of a ready-made `secureContext` can't
 * be seen; the caller is responsible for it.
 *
 * @throws OptionError for versions below TLS 1.2 and for a listener without a certificate.
 */
export function resolveTls(
  tls: true | TlsDialOptions | TlsListenOptions,
  host: string | undefined,
  role: 'dial' | 'listen',
): TlsDialOptions & TlsListenOptions {
  // The role says which of the two types it is. The fields used here are the same in both.
  const options = { ...(tls === true ? undefined : tls) } as TlsDialOptions & TlsListenOptions;
  checkVersions(options);
  checkPems(options);
  options.minVersion ??= MIN_VERSION;
  if (options.ALPNCallback === undefined) options.ALPNProtocols ??= [ALPN_PROTOCOL];
  if (role === 'dial') {
    // Node checks the certificate against the host, but tells the server its name only if asked to.
    if (host !== undefined && isIP(host) === 0) options.servername ??= host;
    return options;
  }
  if (!CREDENTIALS.some((name) => options[name] !== undefined)) {
    throw new OptionError('tls', 'a listener needs cert and key, or pfx, or SNICallback');
  }
  options.handshakeTimeout ??= HANDSHAKE_TIMEOUT_MS;
  return options;
}

/** Node would say of a path only that the PEM has no start line, and only when a peer connects. */
function checkPems(options: TlsDialOptions): void {
  for (const name of ['cert', 'key', 'ca'] as const) {
    const given: unknown = options[name];
    const parts: unknown[] = Array.isArray(given) ? given : [given];
    if (!parts.some(isPath)) continue;
    throw new OptionError(`tls.${name}`, 'must be the content of a PEM file, not its path');
  }
}

/** A PEM has several lines; a part without any is Node's to judge. */
function isPath(part: unknown): boolean {
  return typeof part === 'string' && /^[^\r\n]*([/\\]|\.(pem|crt|cer|key))[^\r\n]*$/.test(part);
}

function checkVersions(options: TlsDialOptions): void {
  if (options.secureProtocol !== undefined) {
    throw new OptionError('tls.secureProtocol', 'pins one version; use minVersion and maxVersion');
  }
  for (const name of ['minVersion', 'maxVersion'] as const) {
    if (TOO_OLD.includes(options[name])) {
      throw new OptionError(`tls.${name}`, `must be TLSv1.2 or later, not ${options[name]}`);
    }
  }
}
