import { expect } from 'chai';
import { fileURLToPath } from 'node:url';

import { Deferred } from '../../lib/base/deferred.ts';
import {
  ClosedError,
  createClient,
  OptionError,
  type Source,
  TimeoutError,
  verb,
} from '../../lib/index.ts';
import { packed, bytes, raw, sourceOf } from '../../lib/layout.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { ManualClock } from '../../lib/simulation/manual-clock.ts';
import { namespaceObstacle, runInNamespace } from '../support/netns.ts';
import { rejectionOf } from '../support/rejection.ts';
import { ECHO } from '../support/session.ts';
import { turns, until } from '../support/turns.ts';
import { WatchedTransport } from '../support/watched-transport.ts';
import { withServer } from '../support/with-server.ts';

const LIMIT_MS = 30_000;
const PUT = verb(20, { args: raw });
const GET = verb(22, { args: packed(), result: raw });
const LOAD = verb(21, { args: packed(sourceOf(bytes)) });
const BULK = new Uint8Array(1_000_000);

describe('F4 a peer that is silently gone', () => {
  it('F4 fails the calls of a client after writeStallTimeoutMs and not before', async () => {
    const clock = new ManualClock();
    const limits = { writeStallTimeoutMs: LIMIT_MS };
    await withServer(async ({ server, start }) => {
      await using proxy = await FaultProxy.start(server.address.port);
      const network = new WatchedTransport();
      const client = start({ port: proxy.port, clock, limits, network });
      await client.whenReady();
      (await proxy.connection(0)).stall();
      const calls = Array.from({ length: 64 }, () => client.call(PUT, BULK));
      const failures = Promise.all(calls.map((call) => rejectionOf(call)));
      // More than all the buffers on the way hold: from then on nothing moves.
      await turns(200);
      clock.advance(LIMIT_MS - 1);
      await turns(5);
      expect(client.state).to.equal('connected');
      clock.advance(1);
      for (const error of await failures) {
        expect(error).to.be.instanceOf(TimeoutError).and.include({ limitMs: LIMIT_MS });
      }
      expect(client.state).to.equal('closed');
    });
  });

  it('F4 fails a stream only, when only its connection stands still', async () => {
    const clock = new ManualClock();
    const limits = { writeStallTimeoutMs: LIMIT_MS };
    await withServer(async ({ server, start }) => {
      const sources: Source[] = [];
      server.handle(ECHO, (_context, text) => text);
      server.handle(LOAD, (_context, input) => void sources.push(input));
      await using proxy = await FaultProxy.start(server.address.port);
      const client = start({ port: proxy.port, clock, limits });
      const sink = await client.makeStreamSink({ serializer: packed(bytes) });
      await client.call(LOAD, sink);
      (await proxy.connection(1)).stall();
      let waiting: Promise<void> | undefined;
      while (waiting === undefined) {
        const room = sink.send(BULK);
        if (room !== undefined && sink.bufferedBytes > 0) {
          await Promise.race([room, turns(20)]);
          if (sink.bufferedBytes > 0) waiting = room;
        }
      }
      clock.advance(LIMIT_MS);
      const error = await rejectionOf(waiting);
      expect(error.cause ?? error).to.be.instanceOf(TimeoutError);
      expect(await client.call(ECHO, 'still here')).to.equal('still here');
    });
  });

  it('F4 ends a client that takes no replies, at the server', async () => {
    const clock = new ManualClock();
    const limits = { writeStallTimeoutMs: LIMIT_MS };
    await withServer({ server: { clock, limits } }, async ({ server, client, start }) => {
      let started = 0;
      const gate = new Deferred();
      server.handle(GET, async () => {
        started++;
        await gate.promise;
        return BULK;
      });
      server.handle(ECHO, (_context, text) => text);
      await using proxy = await FaultProxy.start(server.address.port);
      const other = start({ port: proxy.port });
      await other.whenReady();
      const connection = await proxy.connection(0);
      const calls = Array.from({ length: 64 }, () => other.call(GET));
      const failures = Promise.all(calls.map((call) => call.catch((error: unknown) => error)));
      await until(() => started === calls.length);
      connection.stall();
      gate.resolve();
      await turns(200);
      expect(server.stats.connections).to.equal(2);
      clock.advance(LIMIT_MS);
      await until(() => server.stats.connections === 1);
      connection.resume();
      expect((await failures).at(-1)).to.be.instanceOf(ClosedError);
      expect(await client.call(ECHO, 'still here')).to.equal('still here');
    });
  });

  it('F4 is not looked for in ways that Node does not have: such options are refused', () => {
    for (const option of ['keepAliveIntervalMs', 'keepAliveCount', 'tcpUserTimeoutMs']) {
      expect(() => createClient({ port: 1, [option]: 5 }))
        .to.throw(OptionError, /Node cannot set/)
        .and.include({ option });
    }
    expect(() => createClient({ port: 1, keepAliveDelayMs: 999 })).to.throw(OptionError);
  });

  const obstacle = namespaceObstacle();
  if (obstacle !== undefined) {
    it.skip(
      `F4, B2-30 is noticed by ping at both ends of a network that is cut (skipped: ${obstacle})`,
    );
  } else {
    it('F4, B2-30 is noticed by ping at both ends of a network that is cut', async () => {
      const script = fileURLToPath(new URL('fixtures/silent-network.js', import.meta.url));
      const message = 'a sign of life from the peer (limits.pingTimeoutMs) took longer than 500 ms';
      expect(JSON.parse(await runInNamespace(script))).to.deep.equal([
        ['ERR_CLOSED', message],
        ['ERR_CLOSED', message],
      ]);
    });
  }
});
