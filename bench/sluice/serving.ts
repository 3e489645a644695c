import { type ExposeOptions, listen, type Server } from '../../lib/index.ts';
import type { Serving } from '../support/workload.ts';

/** Where the library's servers listen. */
export const HOST = '127.0.0.1';

/** A listening server as a worker reports it. */
export function serving(server: Server): Serving {
  const { port } = server.address;
  if (port === undefined) throw new Error('the server has no port');
  return { port };
}

/** Serves one service on a free port. */
export async function servingService(
  name: string,
  service: object,
  options?: ExposeOptions,
): Promise<Serving> {
  const server = await listen({ host: HOST, port: 0 });
  server.expose(name, service, options);
  return serving(server);
}
