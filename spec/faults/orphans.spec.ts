import { expect } from 'chai';

import { bytes, i32, packed, sourceOf } from '../../lib/layout.ts';
import { type ClosedError, type Source, StreamClosedError, verb } from '../../lib/index.ts';
import { ManualClock } from '../../lib/simulation/manual-clock.ts';
import { rejectionOf } from '../support/rejection.ts';
import { withPeers } from '../support/scripted-peer.ts';
import { settleWithin } from '../support/settle.ts';
import { until } from '../support/turns.ts';
import { WatchedTransport } from '../support/watched-transport.ts';
import { requestBytes, streamFrame, u32le, u64le } from '../support/wire-bytes.ts';
import { withListening } from '../support/with-server.ts';

const HOLD = verb(60, { args: packed(sourceOf(i32)) });
const READ = verb(61, { args: packed(sourceOf(bytes)) });

describe('streams that outlive their connection', () => {
  it('F18, S-C9 end with the server, though their handlers never read and their peers never hang up', async () => {
    const clock = new ManualClock();
    const network = new WatchedTransport();
    await withListening({ server: { clock, network } }, async (server) => {
      const sources: Source[] = [];
      server.handle(HOLD, (_context, input) => void sources.push(input));
      await withPeers(server.address.port, async (join) => {
        const main = await join();
        const child = await join({ streamParent: main.id });
        main.peer.write(requestBytes(60, 1n, u64le(child.id)));
        await until(() => sources.length === 1);
        main.peer.reset();
        await until(() => server.stats.connections === 0);
        expect(network.openCount).to.equal(1);
        await settleWithin(server.close({ graceMs: 0 }), clock, 10_000);
        expect(network.openCount).to.equal(0);
      });
      await rejectionOf(sources[0]?.read() ?? Promise.resolve(), StreamClosedError);
    });
  });

  it('A8 seastar#552 a sink whose stream was lost says why, to whoever would pass it on', () =>
    withListening({}, async (server, start) => {
      server.handle(HOLD, () => undefined);
      const network = new WatchedTransport();
      const client = start({ network });
      const sink = await client.makeStreamSink({ serializer: packed(i32) });
      network.sockets[1]?.destroy(new Error('a cable was pulled'));
      await rejectionOf(sink.ended);
      const error = await rejectionOf(client.call(HOLD, sink), StreamClosedError);
      expect((error.cause as ClosedError).message).to.match(/a cable was pulled/);
    }));
});

describe('a message of a stream', () => {
  it('F9, E2 of maxStreamMessageBytes is read, one byte more fails its stream only', async () => {
    const limit = 1_000;
    await withListening(
      { server: { limits: { maxStreamMessageBytes: limit } } },
      async (server) => {
        const sources: Source<[Uint8Array]>[] = [];
        server.handle(READ, (_context, input) => void sources.push(input));
        await withPeers(server.address.port, async (join) => {
          const main = await join();
          const child = await join({ streamParent: main.id });
          main.peer.write(requestBytes(61, 1n, u64le(child.id)));
          for (const size of [limit - 1, limit]) {
            child.peer.write(streamFrame(Buffer.concat([u32le(size - 4), Buffer.alloc(size - 4)])));
          }
          // The length alone: what it announces never comes.
          child.peer.write(u32le(limit + 1));
          await until(() => sources.length === 1);
          const source = sources[0];
          expect((await source?.read())?.[0]).to.have.length(limit - 5);
          expect((await source?.read())?.[0]).to.have.length(limit - 4);
          const error = await rejectionOf(source?.read() ?? Promise.resolve(), StreamClosedError);
          expect(error.cause).to.include({
            option: 'maxStreamMessageBytes',
            actualBytes: limit + 1,
          });
          main.peer.write(requestBytes(99, 2n, Buffer.alloc(0)));
          await main.peer.takeReply();
          expect((await main.peer.takeReply()).messageId).to.equal(-2n);
        });
      },
    );
  });
});
