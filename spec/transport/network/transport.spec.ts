import { randomUUID } from 'node:crypto';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';

import { resolveEndpoint } from '../../../lib/transport/endpoint.ts';
import { networkTransport } from '../../../lib/transport/network/transport.ts';
import type { Peer } from '../../../lib/transport/transport.ts';
import { transportCompliance, type TransportFixture } from '../../compliance/transport.ts';
import { TestAuthority } from '../../support/certificates.ts';

/** The kernel's buffers grow on loopback; this is above what Linux allows both ends by default. */
const MAX_BUFFERED_BYTES = 24 * 1_048_576;

function tcp(host: string): TransportFixture {
  return {
    transport: networkTransport,
    listenAt: resolveEndpoint({ host, port: 0 }, 'listen'),
    dialTo: ({ port }: Peer) => resolveEndpoint({ host, port }, 'dial'),
    maxBufferedBytes: MAX_BUFFERED_BYTES,
  };
}

function unix(): TransportFixture {
  const path = join(tmpdir(), `sluice-${randomUUID()}.sock`);
  return {
    transport: networkTransport,
    listenAt: resolveEndpoint({ path }, 'listen'),
    dialTo: () => resolveEndpoint({ path }, 'dial'),
    maxBufferedBytes: MAX_BUFFERED_BYTES,
  };
}

async function tls(options: { hasClientCertificate: boolean }): Promise<TransportFixture> {
  const authority = await TestAuthority.create();
  const server = await authority.issue();
  const client = options.hasClientCertificate ? await authority.issue() : {};
  const host = '127.0.0.1';
  const requestCert = options.hasClientCertificate;
  return {
    transport: networkTransport,
    listenAt: resolveEndpoint(
      { host, port: 0, tls: { ...server, ca: authority.cert, requestCert } },
      'listen',
    ),
    dialTo: ({ port }: Peer) =>
      resolveEndpoint({ host, port, tls: { ...client, ca: authority.cert } }, 'dial'),
    maxBufferedBytes: MAX_BUFFERED_BYTES,
  };
}

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((it) => it?.address === '::1');

transportCompliance('TCP over IPv4', async () => tcp('127.0.0.1'));
transportCompliance('a unix socket', async () => unix(), { hasReset: false });
transportCompliance('TLS', () => tls({ hasClientCertificate: false }));
transportCompliance('mutual TLS', () => tls({ hasClientCertificate: true }));
if (hasIpv6) transportCompliance('TCP over IPv6', async () => tcp('::1'));
else it.skip('TCP over IPv6 as a transport (skipped: this machine has no ::1)');
