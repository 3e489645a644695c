import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import { PendingHandshakes } from '../../../lib/transport/network/pending-handshakes.ts';

describe('PendingHandshakes', () => {
  let server: Server;
  let sockets: Socket[];

  beforeEach(() => {
    server = createServer();
    sockets = [];
  });

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    const closed = once(server, 'close');
    server.close();
    await closed;
  });

  async function accept(at: { host: string; port: number } | { path: string }): Promise<Socket> {
    server.listen(at);
    await once(server, 'listening');
    const accepting = once(server, 'connection');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    sockets.push(connect(port === undefined ? at : { host: '127.0.0.1', port }));
    const [socket] = await accepting;
    sockets.push(socket);
    return socket;
  }

  it('gives the TCP socket of an address pair, once', async () => {
    const tcp = await accept({ host: '127.0.0.1', port: 0 });
    const pending = new PendingHandshakes();
    pending.add(tcp);
    expect(pending.take(tcp)).to.equal(tcp);
    expect(pending.take(tcp)).to.equal(undefined);
    pending.abortAll();
    expect(tcp.destroyed).to.equal(false);
  });

  it('forgets a socket that closes before its handshake is done', async () => {
    const tcp = await accept({ host: '127.0.0.1', port: 0 });
    const { localAddress, localPort, remoteAddress, remotePort } = tcp;
    const pending = new PendingHandshakes();
    pending.add(tcp);
    tcp.destroy();
    await once(tcp, 'close');
    const addresses: object = { localAddress, localPort, remoteAddress, remotePort };
    // Of the TLS socket only the addresses are looked at.
    expect(pending.take(addresses as Socket)).to.equal(undefined);
  });

  it('destroys those whose handshake is not done', async () => {
    const tcp = await accept({ host: '127.0.0.1', port: 0 });
    const pending = new PendingHandshakes();
    pending.add(tcp);
    pending.abortAll();
    expect(tcp.destroyed).to.equal(true);
  });

  it('knows nothing of unix sockets, which have no addresses', async () => {
    const socket = await accept({ path: join(tmpdir(), `sluice-${randomUUID()}.sock`) });
    const pending = new PendingHandshakes();
    pending.add(socket);
    expect(pending.take(socket)).to.equal(undefined);
  });
});
