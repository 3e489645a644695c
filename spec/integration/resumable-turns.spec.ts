import { expect } from 'chai';

import { type RemoteStream, stream } from '../../lib/index.ts';
import { Counter, SIDES, withProxied } from '../support/passing.ts';
import { turns, until } from '../support/turns.ts';

const STREAMS = 20;

describe('resumable streams in values that lose their lanes together', () => {
  for (const from of SIDES) {
    it(`L10 get other lanes for 16 of them at a time: the ${from} sends`, async () => {
      let isDeaf = false;
      const deaf = { toClient: { limitData: { bytes: 0, by: 'stall' } } } as const;
      await withProxied(
        () => (isDeaf ? deaf : undefined),
        async ({ client, passing, proxy }) => {
          const streams: RemoteStream<number>[] = [];
          for (let count = 0; count < STREAMS; count++) {
            const items = stream(new Counter().items(), { resumable: { windowItems: 4 } });
            const remote = await passing.stream(from, items);
            streams.push(remote);
            expect((await remote.read()).value).to.equal(0);
          }
          const lanes = proxy.connections.slice(1);
          isDeaf = true;
          for (const lane of lanes) lane.reset();
          await until(() => proxy.connections.length === 1 + STREAMS + 16);
          await turns(20);
          expect(client.snapshot().opening).to.equal(16);
          isDeaf = false;
          for (const connection of proxy.connections.slice(1 + STREAMS)) connection.reset();
          for (const remote of streams) expect((await remote.read()).value).to.equal(1);
        },
      );
    });
  }
});
