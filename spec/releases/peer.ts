import { fileURLToPath } from 'node:url';

import type { ClientOptions, Server } from '../../lib/index.ts';
import { drainSteps } from './drain-steps.ts';
import { type Library, loadLibrary, outcomeOf } from './library.ts';
import { makeShop } from './service.ts';
import { MISSING_SERVICE_STEPS, SERVICE_STEPS } from './service-steps.ts';
import type { Step } from './step.ts';
import { VERB_STEPS } from './verb-steps.ts';
import { makeVerbs, serveCalls, serveStreams } from './verbs.ts';

/** The version of our extension at each end. */
export interface Versions {
  readonly client: number;
  readonly server: number;
}

const HOST = '127.0.0.1';

/** Serves all that the steps call. The server closes itself at the last of them. */
export async function serve(library: Library, version: number): Promise<Server> {
  const server = await library.listen({
    host: HOST,
    port: 0,
    name: 'shop',
    compression: library.lz4(),
    authenticate: ({ token }) => `friend of ${String(token)}`,
  });
  const verbs = makeVerbs(library);
  serveCalls(server, verbs);
  serveStreams(library, server, verbs);
  if (version > 1) server.expose('shop', makeShop(library));
  return server;
}

/** All that a client of the one version does with a server of the other. */
export function stepsOf({ client, server }: Versions): Step[] {
  const both = Math.min(client, server);
  const refusal =
    both > 1
      ? { name: 'RefusedError', code: 'ERR_REFUSED' }
      : { name: 'RemoteError', code: 'ERR_REMOTE' };
  const missing = client > 1 ? MISSING_SERVICE_STEPS : [];
  const services = both > 1 ? SERVICE_STEPS : missing;
  return [...VERB_STEPS, ...services, ...drainSteps(refusal)];
}

/** Does everything as a client; the outcomes have the order of the steps. */
export async function call(
  library: Library,
  port: number,
  versions: Versions,
): Promise<readonly unknown[]> {
  const connect = (options: Partial<ClientOptions>) =>
    library.connect({ ...endOf(library), host: HOST, port, token: 'let me in', ...options });
  const client = await connect({});
  const end = { library, client, connect, verbs: makeVerbs(library) };
  const outcomes: unknown[] = [];
  for (const step of stepsOf(versions)) outcomes.push(await outcomeOf(step.run(end)));
  await client.close();
  return outcomes;
}

/** A client ends with its connection, as all clients do in releases that know nothing else. */
function endOf({ seastar }: Library): Partial<ClientOptions> {
  return 'reconnect' in seastar.client ? { reconnect: false } : {};
}

/**
 * A process of one release:
 *
 *     node peer.js serve URL VERSION
 *     node peer.js call URL CLIENT-VERSION SERVER-VERSION PORT
 *
 * A server prints its port. A client prints the outcomes of its steps. Both end by themselves.
 */
async function run(role: string, url: string, args: readonly number[]): Promise<unknown> {
  const library = await loadLibrary(new URL(url));
  const [version = 0, server = 0, port = 0] = args;
  if (role === 'call') return call(library, port, { client: version, server });
  return (await serve(library, version)).address.port;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [role = '', url = '', ...args] = process.argv.slice(2);
  console.log(JSON.stringify(await run(role, url, args.map(Number))));
}
