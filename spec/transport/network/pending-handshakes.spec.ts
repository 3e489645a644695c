import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import {
  type PendingHandshake,
  PendingHandshakes,
} from '../../../lib/transport/network/pending-handshakes.ts';
import { turns } from '../../support/turns.ts';

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

  function pending(path?: string) {
    const closed: PendingHandshake[] = [];
    const handshakes = new PendingHandshakes(path, (handshake) => closed.push(handshake));
    return { handshakes, closed };
  }

  it('gives the handshake of the socket below a TLS socket, once', async () => {
    const tcp = await accept({ host: '127.0.0.1', port: 0 });
    const { handshakes, closed } = pending();
    const handshake = handshakes.add(tcp);
    expect(handshake.peer).to.include({ address: '127.0.0.1', family: 'IPv4', tls: undefined });
    const secure = { _parent: tcp } as unknown as Socket;
    expect(handshakes.take(secure)).to.equal(handshake);
    expect(handshakes.take(secure)).to.equal(undefined);
    handshakes.abortAll();
    expect(tcp.destroyed).to.equal(false);
    tcp.destroy();
    await once(tcp, 'close');
    expect(closed).to.deep.equal([]);
  });

  it('goes by the addresses where the socket below is not known', async () => {
    const tcp = await accept({ host: '127.0.0.1', port: 0 });
    const { localAddress, localPort, remoteAddress, remotePort } = tcp;
    const { handshakes } = pending();
    const handshake = handshakes.add(tcp);
    // Of the TLS socket only the addresses are looked at.
    const addresses: object = { localAddress, localPort, remoteAddress, remotePort };
    const others: object = { ...addresses, remotePort: 1 };
    expect(handshakes.take(others as Socket)).to.equal(undefined);
    expect(handshakes.take(addresses as Socket)).to.equal(handshake);
  });

  it('tells of a socket that closes before its handshake is done, and forgets it', async () => {
    const tcp = await accept({ host: '127.0.0.1', port: 0 });
    const { handshakes, closed } = pending();
    const handshake = handshakes.add(tcp);
    tcp.destroy();
    await once(tcp, 'close');
    await turns(2);
    expect(closed).to.deep.equal([handshake]);
    expect(handshakes.take(tcp)).to.equal(undefined);
  });

  it('destroys those whose handshake is not done', async () => {
    const tcp = await accept({ host: '127.0.0.1', port: 0 });
    const { handshakes } = pending();
    handshakes.add(tcp);
    handshakes.abortAll();
    expect(tcp.destroyed).to.equal(true);
  });

  it('knows unix sockets, which have no addresses, by their path', async () => {
    const path = join(tmpdir(), `sluice-${randomUUID()}.sock`);
    const socket = await accept({ path });
    const { handshakes } = pending(path);
    const handshake = handshakes.add(socket);
    expect(handshake.peer).to.include({ address: path, family: 'unix' });
    expect(handshakes.take({ _parent: socket } as unknown as Socket)).to.equal(handshake);
  });
});
