import { expect } from 'chai';

import { type Source, verb } from '../../lib/index.ts';
import { withServer } from '../support/with-server.ts';

const consume = verb<(input: Source<[number]>) => void>(1);

describe('integration/floods', () => {
  it('E1-floods closes a connection whose streams are broken off too often', async () => {
    await withServer({ server: { brokenStreamsPerSecond: 1 } }, async ({ server, client }) => {
      const ends: Promise<unknown>[] = [];
      server.handle(consume, (_context, input) => {
        ends.push(input.ended.catch((error: unknown) => error));
        void input.read().catch(() => {});
      });
      const breakOff = async (): Promise<void> => {
        const sink = await client.makeStreamSink<[number]>();
        await client.call(consume, sink);
        sink.abort(new Error('changed my mind'));
        await ends.at(-1);
      };
      for (let i = 0; i < 10; i++) await breakOff();
      expect(client.state).to.equal('connected');
      while (client.state === 'connected') await breakOff().catch(() => {});
      expect(ends).to.have.lengthOf.within(10, 12);
    });
  });
});
