import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import { TimeoutError, verb } from '../../lib/index.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { turns } from '../support/turns.ts';
import { withServer } from '../support/with-server.ts';

const wait = verb<(value: number) => number>(1);
const DAY_MS = 86_400_000;
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
        await withServer(async ({ server, client }) => {
          const [begun, done] = [new Deferred(), new Deferred()];
          server.handle(wait, async (_context, value) => {
            begun.resolve();
            await done.promise;
            return value;
          });
          const call = client.with({ timeoutMs: 3_600_000 }).call(wait, 7);
          const followed = follow(call);
          await begun.promise;
          jump();
          await turns(SOME_TURNS);
          expect(followed.outcome).to.equal(undefined);
          done.resolve();
          expect(await call).to.equal(7);
          expect(await client.with({ timeoutMs: 3_600_000 }).call(wait, 8)).to.equal(8);
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
