import type { Socket } from 'node:net';

import type { Peer, TlsIdentity } from '../transport.ts';

const MAPPED_IPV4 = '::ffff:';

/**
 * The other end of a connected socket. An IPv4 address that a dual-stack socket shows mapped into
 * IPv6 is given as plain IPv4. So a peer has the same address, whatever address we listen on. The
 * address is empty if the connection was gone before it was asked for.
 *
 * @param path - the unix socket's path, for a unix socket.
 */
export function networkPeer(socket: Socket, path?: string, tls?: TlsIdentity): Peer {
  if (path !== undefined) return Object.freeze({ address: path, port: 0, family: 'unix', tls });
  return ipPeer(socket.remoteAddress ?? '', socket.remotePort ?? 0, socket.remoteFamily, tls);
}

/** An IP address and port as a peer; see {@link networkPeer} about mapped addresses. */
export function ipPeer(address: string, port: number, family?: string, tls?: TlsIdentity): Peer {
  const isMapped = address.startsWith(MAPPED_IPV4) && address.includes('.');
  return Object.freeze({
    address: isMapped ? address.slice(MAPPED_IPV4.length) : address,
    port,
    family: family === 'IPv6' && !isMapped ? 'IPv6' : 'IPv4',
    tls,
  });
}
