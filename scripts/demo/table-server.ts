/**
 * The process that has the table.
 *
 *     node table-server.js        started by `table.js`, which learns the port from it
 */

import { once } from 'node:events';
import { listen } from '../../lib/index.ts';
import { TableService } from './table-service.ts';

// Whoever has started this process lets it go by ending the channel between them, also by dying.
const released = process.connected ? once(process, 'disconnect') : Promise.resolve();
const server = await listen({ host: '127.0.0.1', port: 0 });
server.expose('tables', new TableService());
process.send?.(server.address.port);
await released;
await server.abort();
