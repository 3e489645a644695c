import type { TLSSocket } from 'node:tls';

import type { TlsIdentity } from '../transport.ts';

/** The peer's identity, from the finished handshake. */
export function tlsIdentity(socket: TLSSocket): TlsIdentity {
  // Without a certificate Node gives an object without fields, although its type says otherwise.
  const certificate: Partial<ReturnType<TLSSocket['getPeerCertificate']>> =
    socket.getPeerCertificate();
  const commonName: string | readonly string[] | undefined = certificate.subject?.CN;
  return Object.freeze({
    // Node takes a resumed session of TLS 1.3 for authorized even if it never had a certificate.
    isAuthorized: socket.authorized && certificate.fingerprint256 !== undefined,
    commonName: typeof commonName === 'string' ? commonName : commonName?.[0],
    subjectAltName: certificate.subjectaltname,
    fingerprint256: certificate.fingerprint256,
    alpnProtocol: socket.alpnProtocol === false ? undefined : (socket.alpnProtocol ?? undefined),
  });
}
