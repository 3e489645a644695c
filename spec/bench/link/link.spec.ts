import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

import { expect } from 'chai';

import { listenFar } from '../../../bench/link/link.ts';

const HOST = '127.0.0.1';
const MIB = 1_048_576;

/** The most that it reads at a time. */
const CHUNK_BYTES = 65_536;

/** It holds a MiB each way. */
const TERMS = { bytesPerSecond: 100 * MIB, delayMs: 10 };

describe('listenFar', () => {
  let server: Server;
  let accepted: Promise<[Socket]>;
  let client: Socket;
  let link: Awaited<ReturnType<typeof listenFar>>;

  beforeEach(async () => {
    server = createServer({ allowHalfOpen: true });
    accepted = once(server, 'connection') as Promise<[Socket]>;
    server.listen(0, HOST);
    await once(server, 'listening');
    // A TCP server's address is no path.
    link = await listenFar((server.address() as AddressInfo).port, TERMS);
    client = connect({ host: HOST, port: link.port, allowHalfOpen: true });
    await once(client, 'connect');
  });

  afterEach(async () => {
    const [socket] = await accepted;
    socket.destroy();
    client.destroy();
    link.close();
    server.close();
    await once(server, 'close');
  });

  it('carries all bytes both ways, and then the end, and takes no less than its delay', async () => {
    const [socket] = await accepted;
    socket.on('data', (bytes) => socket.write(bytes));
    socket.on('end', () => socket.end());
    const sent = Buffer.alloc(3 * MIB, 'sluice');
    const start = performance.now();
    client.end(sent);
    const received: Buffer[] = [];
    for await (const bytes of client) received.push(bytes as Buffer);
    expect(Buffer.concat(received).equals(sent)).to.equal(true);
    expect(performance.now() - start).to.be.at.least(2 * TERMS.delayMs);
  });

  it('reads no further than it may hold while the other end takes nothing', async () => {
    const [socket] = await accepted;
    socket.pause();
    // More than kernels and the link hold together.
    client.write(Buffer.alloc(128 * MIB));
    const samples: number[] = [];
    do {
      await new Promise(setImmediate);
      samples.push(link.heldBytes);
    } while (link.heldBytes <= MIB - CHUNK_BYTES);
    expect(Math.max(...samples)).to.be.at.most(MIB);
    expect(client.writableLength).to.be.above(0);
  });

  it('is cut for both ends when one end is', async () => {
    const [socket] = await accepted;
    const failed = once(client.resume(), 'error');
    socket.resetAndDestroy();
    const [error] = (await failed) as [NodeJS.ErrnoException];
    expect(error.code).to.equal('ECONNRESET');
  });
});
