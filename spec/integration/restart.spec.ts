import { expect } from 'chai';

import { type Client, createClient, listen, verb } from '../../lib/index.ts';
import { ManualClock, MemoryTransport } from '../../lib/testing.ts';
import { turns, until } from '../support/turns.ts';

const PLACE = Object.freeze({ host: '127.0.0.1', port: 7070 });
const CLIENTS = 1_000;
const FIRST_DELAY_MS = 100;
const PARTS = 10;
/** Turns in which clients whose delay is over have begun to dial. */
const SETTLED = 10;

const WHO = verb<() => number>(80);

describe('a server that starts anew', () => {
  it('Restart, 1,000 clients: spread', async () => {
    const clock = new ManualClock();
    const network = new MemoryTransport({ clock });
    const common = { ...PLACE, network, clock, limits: { pingIntervalMs: 0 } };
    const first = await listen(common);
    const clients: Client[] = [];
    let [attempts, connected] = [0, 0];
    for (let count = 0; count < CLIENTS; count++) {
      const client = createClient(common);
      client.on('connecting', () => void attempts++);
      client.on('connected', () => void connected++);
      clients.push(client);
      if (count % 100 === 99) await Promise.all(clients.map((each) => each.whenReady()));
    }
    await first.abort();
    await until(() => clients.every(({ state }) => state === 'reconnecting'));
    await using second = await listen(common);
    second.handle(WHO, () => 2);
    const came: number[] = [];
    for (let passed = 0; passed < FIRST_DELAY_MS; passed += FIRST_DELAY_MS / PARTS) {
      const before = connected;
      clock.advance(FIRST_DELAY_MS / PARTS);
      await turns(SETTLED);
      await until(() => connected === attempts);
      came.push(connected - before);
    }
    // By chance alone this fails in about one run of a million.
    for (const count of came) expect(count).to.be.within(50, 150);
    expect(came.reduce((sum, count) => sum + count, 0)).to.equal(CLIENTS);
    const answers = await Promise.all(clients.map((client) => client.call(WHO)));
    expect(answers.every((server) => server === 2)).to.equal(true);
    await Promise.all(clients.map((client) => client.abort()));
  });
});
