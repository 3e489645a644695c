/**
 * The other process of a proof: a server.
 *
 *     node peer.js        started by `resume.js`, which tells the transport and learns the port
 */

import { once } from 'node:events';
import { listen } from '../../lib/index.ts';
import { lz4 } from '../../lib/compression.ts';
import type { Setup } from './peer-process.ts';
import { PROOF_SERVICE, ProofService } from './proof-service.ts';
import { handleProofVerbs } from './proof-verbs.ts';
import { Readings } from './readings.ts';

// The process that has started this one lets it go by ending the channel between them, also by dying.
const released = once(process, 'disconnect');
const [{ credentials, isCompressed }] = (await once(process, 'message')) as [Setup];
const server = await listen({
  host: '127.0.0.1',
  port: 0,
  ...(credentials === undefined ? {} : { tls: credentials }),
  ...(isCompressed ? { compression: lz4() } : {}),
});
const readings = new Readings();
server.expose(PROOF_SERVICE, new ProofService(readings));
handleProofVerbs(server, readings);
process.send?.(server.address.port);
await released;
await server.abort();
