/**
 * Clients that vanish: `vanishing-clients.js PORT COUNT call|stream BYTES` connects so many, each of which
 * has something to lose, and then dies with all of their connections.
 */

import { connect } from '../../lib/index.ts';
import { AWAY_SERVICE, type AwayService } from './away-service.ts';

const AT_A_TIME = 16;

const [port, count, leftover, bytes] = process.argv.slice(2);
let left = Number(count);
/** What nobody holds any more is collected and ended. */
const held: unknown[] = [];

await Promise.all(Array.from({ length: AT_A_TIME }, connectOn));
process.kill(process.pid, 'SIGKILL');

async function connectOn(): Promise<void> {
  while (left-- > 0) {
    const client = await connect({ host: '127.0.0.1', port: Number(port) });
    const api = client.api<AwayService>(AWAY_SERVICE);
    if (leftover === 'call') held.push(api.hang());
    else {
      const items = await api.follow(Number(bytes));
      await items.read();
      held.push(items);
    }
    held.push(client);
    // Answered when the server has got what went before.
    await client.describe();
  }
}
