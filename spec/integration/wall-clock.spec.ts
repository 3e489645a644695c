import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import { TimeoutError, verb } from '../../lib/index.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { turns, until } from '../support/turns.ts';
import { withListening, withServer } from '../support/with-server.ts';

const wait = verb<(value: number) => number>(1);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Turns in which a timer fires that is due at once, over a real socket. */
const SOME_TURNS = 20;

/** Runs with a wall clock that is so much ahead from the first await on, as after it was set. */
async function withJump(byMs: number, run: (jump: () => void) => Promise<void>): Promise<void> {
  const { now } = Date;
  try {
    await run(() => {
      Date.now = () => now() + byMs;
    });
  } finally {
    Date.now = now;
  }
}

describe('the wall clock', () => {
  for (const [direction, byMs] of [
    ['ahead', DAY_MS],
    ['back', -DAY_MS],
  ] as const) {
    it(`F21 ends no call and no connection early when it jumps ${direction}`, async () => {
      await withJump(byMs, async (jump) => {
        await withListening({}, async (server, start) => {
          const done = new Deferred();
          let begun = 0;
          server.handle(wait, async (_context, value) => {
            begun++;
            await done.promise;
            return value;
          });
          const client = start();
          // What is left of its time is counted when there is a connection.
          const followed = follow(client.with({ timeoutMs: HOUR_MS }).call(wait, 7));
          jump();
          await until(() => begun > 0 || followed.outcome !== undefined);
          await turns(SOME_TURNS);
          expect(followed.outcome).to.equal(undefined);
          done.resolve();
          expect(await client.with({ timeoutMs: HOUR_MS }).call(wait, 8)).to.equal(8);
          await until(() => followed.outcome !== undefined);
          expect(followed.outcome).to.deep.equal({ value: 7 });
          expect(client.state).to.equal('connected');
        });
      });
    });

    it(`F21 keeps no call beyond its limit when it jumps ${direction}`, async () => {
      await withJump(byMs, async (jump) => {
        await withServer(async ({ server, client }) => {
          const begun = new Deferred();
          server.handle(wait, async ({ signal }) => {
            begun.resolve();
            await new Promise((resolve) => signal.addEventListener('abort', resolve));
            return 0;
          });
          const call = client.with({ timeoutMs: 500 }).call(wait, 1);
          const failure = rejectionOf(call, TimeoutError);
          // On a machine that stands still it may be over before it has begun.
          await Promise.race([begun.promise, failure]);
          jump();
          expect((await failure).limitMs).to.equal(500);
        });
      });
    });
  }
});
