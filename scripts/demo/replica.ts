/**
 * The second process: a store of its own, and a server that fills it.
 *
 *     node replica.js STORE        started by `replicate.js`, which learns the port from it
 */

import { once } from 'node:events';
import { listen } from '../../lib/index.ts';
import { describeError } from './describe-error.ts';
import type { ReplicaMessage } from './replica-process.ts';
import { serve } from './serve.ts';
import { Store } from './store.ts';

const [path = ''] = process.argv.slice(2);
// The primary lets this process go by ending the channel between them, also when it dies itself.
const released = process.connected ? once(process, 'disconnect') : Promise.resolve();

try {
  await using store = await Store.open(path);
  await using server = await listen({ host: '127.0.0.1', port: 0 });
  serve(server, store, tellFailure);
  tell({ port: server.address.port ?? 0 });
  await released;
  // Nobody is left to serve: what is still open now will never be finished.
  await server.abort();
} catch (error) {
  tellFailure(error);
  await released;
}

function tellFailure(error: unknown): void {
  tell({ failure: describeError(error) });
}

function tell(message: ReplicaMessage): void {
  if (process.connected) process.send?.(message);
}
