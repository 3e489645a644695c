import type { TLSSocket } from 'node:tls';

import type { TlsIdentity } from '../transport.ts';

/** The peer's identity, from the finished handshake. */
export function tlsIdentity(socket: TLSSocket): TlsIdentity {
  // Without a certificate Node gives an object without fields, although its type says otherwise.
  const certificate: Partial<ReturnType<TLSSocket['getPeerCertificate']>> =
    socket.getPeerCertificate();
  const commonName: string | readonly string[] | undefined = certificate.subject?.CN;
  return Object.freeze({
    isAuthorized: socket.authorized,
    commonName: typeof commonName === 'string' ? commonName : commonName?.[0],
    subjectAltName: certificate.subjectaltname,
    fingerprint256: certificate.fingerprint256,
    alpnProtocol: socket.alpnProtocol === false ? undefined : (socket.alpnProtocol ?? undefined),
  });
}
