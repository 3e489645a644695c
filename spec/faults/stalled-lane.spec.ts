import { expect } from 'chai';

import { stream } from '../../lib/index.ts';
import { ManualClock } from '../../lib/testing.ts';
import { SIDES, withProxied } from '../support/passing.ts';
import { follow } from '../support/rejection.ts';
import type { ConnectionToxics } from '../support/toxics.ts';
import { turns, until } from '../support/turns.ts';

const INTERVAL_MS = 10_000;
/** More than the stalled lane lets through. */
const ITEMS = 1_000;

/** Gives its items at once, and then waits until nobody wants more. */
class Producer {
  given = 0;
  isStopped = false;

  async *items(signal: AbortSignal): AsyncGenerator<number> {
    for (; this.given < ITEMS; this.given++) yield this.given;
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
    });
    this.isStopped = true;
  }
}

describe('a lane that stands still while the main connection lives', () => {
  for (const from of SIDES) {
    it(`F4 is given up, and the producer of the ${from}’s stops`, async () => {
      const clock = new ManualClock();
      const stalled = { limitData: { bytes: 4_000, by: 'stall' } } as const;
      const toxics: ConnectionToxics =
        from === 'server' ? { toClient: stalled } : { toServer: stalled };
      const script = (index: number): ConnectionToxics | undefined =>
        index === 1 ? toxics : undefined;
      await withProxied(
        script,
        async ({ client, passing }) => {
          const producer = new Producer();
          const items = stream<number>((signal) => producer.items(signal));
          const remote = await passing.stream(from, items);
          const reading = follow(
            (async () => {
              for await (const item of remote) expect(item).to.be.lessThan(ITEMS);
            })(),
          );
          await until(() => producer.given === ITEMS);
          for (let intervals = 0; intervals < 10 && reading.outcome === undefined; intervals++) {
            await turns(200);
            clock.advance(INTERVAL_MS);
            await turns(200);
          }
          expect(reading.outcome)
            .to.have.property('error')
            .that.includes({ code: 'ERR_STREAM_CLOSED', initiator: 'transport' });
          await until(() => producer.isStopped);
          expect(client.state).to.equal('connected');
        },
        { both: { clock } },
      );
    });
  }
});
