import type { AddressInfo, Server } from 'node:net';

import type { Serving } from '../../support/workload.ts';

/** Listens on a port of the system's choice. */
export function listenTcp(server: Server): Promise<Serving> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      // A TCP server's address is no path.
      resolve({ port: (server.address() as AddressInfo).port });
    });
  });
}
