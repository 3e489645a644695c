import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import { verb } from '../../lib/index.ts';
import { WatchedTransport } from '../support/watched-transport.ts';
import { turns, until } from '../support/turns.ts';
import { withServer } from '../support/with-server.ts';

/** Three writes of calls, or of replies. */
const CALLS = 3 * 8;

/** No write is a ping. */
const QUIET = { both: { limits: { pingIntervalMs: 0 } } };

const double = verb<(value: number) => number>(0x57_0047);

describe('calls of one turn', () => {
  it('B2-4 leave in parts, and so do their replies, so that both ends work at the same time', async () => {
    const [near, far] = [new WatchedTransport(), new WatchedTransport()];
    const pair = { ...QUIET, client: { network: near }, server: { network: far } };
    await withServer(pair, async ({ server, client }) => {
      const opened = new Deferred();
      let begun = 0;
      server.handle(double, async (_context, value) => {
        begun++;
        await opened.promise;
        return 2 * value;
      });
      const before = near.sockets[0]!.writeCount;
      const values = Array.from({ length: CALLS }, (_, value) => value);
      const replies = values.map((value) => client.call(double, value));
      await until(() => begun === CALLS);
      expect(near.sockets[0]!.writeCount - before, 'writes of calls').to.equal(3);
      const replied = far.sockets[0]!.writeCount;
      opened.resolve();
      expect(await Promise.all(replies)).to.deep.equal(values.map((value) => 2 * value));
      expect(far.sockets[0]!.writeCount - replied, 'writes of replies').to.equal(3);
    });
  });

  it('B2-4 that are few leave together, at its end', async () => {
    const near = new WatchedTransport();
    await withServer({ ...QUIET, client: { network: near } }, async ({ server, client }) => {
      server.handle(double, (_context, value) => 2 * value);
      for (let round = 0; round < 10; round++) {
        const before = near.sockets[0]!.writeCount;
        await Promise.all([1, 2, 3].map((value) => client.call(double, value)));
        await turns(1);
        expect(near.sockets[0]!.writeCount - before).to.equal(1);
      }
    });
  });
});
