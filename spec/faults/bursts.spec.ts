import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { ClosedError } from '../../lib/index.ts';
import { encodeNegotiation } from '../../lib/wire/negotiation-frame.ts';
import { rejectionOf } from '../support/rejection.ts';
import { NO_FEATURES } from '../support/raw-peer.ts';
import { ECHO } from '../support/session.ts';
import { SocketRecorder } from '../support/socket-recorder.ts';
import { until } from '../support/turns.ts';
import { WatchedTransport } from '../support/watched-transport.ts';
import { memoryPair, withServer } from '../support/with-server.ts';

const BURST = 1_000;

describe('F23 more connections than there is room for', () => {
  it('F23, E2 maxConnections holds at one below, at, and one above it, and makes room again', () =>
    withServer(
      { server: { maxConnections: 3 } },
      async ({ server, client, connect: join, start }) => {
        server.handle(ECHO, (_context, word) => word);
        const second = await join();
        const third = await join();
        await rejectionOf(start().whenReady(), ClosedError);
        for (const each of [client, second, third])
          expect(await each.call(ECHO, 'x')).to.equal('x');
        expect(server.stats.connections).to.equal(3);
        await second.close();
        await until(() => server.stats.connections === 2);
        const fourth = await join();
        expect(await fourth.call(ECHO, 'y')).to.equal('y');
      },
    ));

  it('F23 a burst is cut at maxConnections, harms nobody who is in, and is over when it is over', async () => {
    const network = new WatchedTransport();
    const options = { server: { network, maxConnections: 100, maxNegotiatingPerAddress: 10_000 } };
    await withServer(options, async ({ server, client, connect: join }) => {
      server.handle(ECHO, (_context, word) => word);
      const { port } = server.address;
      const burst: Socket[] = Array.from({ length: BURST }, () =>
        connect(port, '127.0.0.1').on('error', () => {}),
      );
      await until(() => network.sockets.length === BURST + 1);
      // Those that were turned away are destroyed before anybody listens to them.
      const served = (): number =>
        network.sockets.filter((socket) => !socket.isDestroyed && !socket.isClosed).length;
      await until(() => served() <= 100);
      expect(await client.call(ECHO, 'during')).to.equal('during');
      await Promise.all(
        burst.map(async (socket) => {
          const closed = socket.closed ? undefined : once(socket, 'close');
          socket.destroy();
          await closed;
        }),
      );
      await until(() => served() === 1);
      expect(await (await join()).call(ECHO, 'after')).to.equal('after');
    });
  });

  it('F23 of 10,000 connections in a burst as many are let in as maxConnections says', async () => {
    const memory = memoryPair();
    const server = { maxConnections: 100, maxNegotiatingPerAddress: 20_000 };
    await withServer({ ...memory, server }, async ({ server, client, connect: join }) => {
      server.handle(ECHO, (_context, word) => word);
      const { port } = server.address;
      const endpoint = { host: '127.0.0.1', port, noDelay: true, keepAliveDelayMs: 0 };
      const burst = Array.from({ length: 10_000 }, async () => {
        const socket = await memory.both.network.dial(endpoint, {});
        socket.write([encodeNegotiation(NO_FEATURES)]);
        const recorder = new SocketRecorder(socket);
        return { socket, recorder };
      });
      const peers = await Promise.all(burst);
      await until(() => server.stats.refusedConnections === 10_000 - 99);
      await until(() => server.stats.connections === 100);
      expect(await client.call(ECHO, 'during')).to.equal('during');
      for (const { socket } of peers) socket.destroy();
      await Promise.all(peers.map(({ recorder }) => recorder.seen('close')));
      await until(() => server.stats.connections === 1);
      expect(await (await join()).call(ECHO, 'after')).to.equal('after');
    });
  });

  it('F23 a lack of file descriptors harms nobody who is in, and is over when it is over', async () => {
    const script = fileURLToPath(new URL('fixtures/serve-under-emfile.js', import.meta.url));
    const command = 'ulimit -n 600 && exec "$0" "$1"';
    const child = spawn('sh', ['-c', command, process.execPath, script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    expect(code).to.equal(0);
    const { failed, during, after } = JSON.parse(output) as Record<string, unknown>;
    expect(failed).to.be.above(0);
    expect([during, after]).to.deep.equal(['during', 'after']);
  });
});
