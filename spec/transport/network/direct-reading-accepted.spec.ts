import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

import { expect } from 'chai';

import { DirectReading } from '../../../lib/transport/network/direct-reading.ts';
import { networkPeer } from '../../../lib/transport/network/peer.ts';
import { NetworkSocket } from '../../../lib/transport/network/socket.ts';
import { PlacingRecorder } from '../../support/placing-recorder.ts';
import { SocketRecorder } from '../../support/socket-recorder.ts';
import { turns, until } from '../../support/turns.ts';

const HOST = '127.0.0.1';

describe('transport/direct-reading, accepted sockets', () => {
  let server: Server;
  let client: Socket;
  let accepted: Socket;

  beforeEach(async () => {
    server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    server.listen(0, HOST);
    await once(server, 'listening');
    const accepting = once(server, 'connection');
    // A server that listens on TCP has an address and port.
    client = connect({ host: HOST, port: (server.address() as AddressInfo).port });
    client.on('error', () => {});
    [accepted] = (await accepting) as [Socket];
  });

  afterEach(async () => {
    client.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  });

  function connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  }

  it('moves the connection to a new socket, and leaves nothing of the old one', async () => {
    expect(await connections()).to.equal(1);
    const { remotePort } = accepted;
    const { socket, reading } = DirectReading.adopt(accepted);
    expect(reading).to.be.instanceOf(DirectReading);
    expect(socket).not.to.equal(accepted);
    expect(socket.remotePort).to.equal(remotePort);
    expect(accepted.destroyed).to.equal(true);
    await until(() => accepted.closed);
    expect(await connections(), 'the server has forgotten it').to.equal(0);
    expect(socket.destroyed).to.equal(false);
    const owner = new SocketRecorder(
      new NetworkSocket(socket, networkPeer(socket), socket, reading),
    );
    const listeners = accepted.eventNames().map((name) => [name, accepted.listenerCount(name)]);
    client.write('to whom it may concern');
    await owner.received(22);
    client.end();
    await owner.seen('end');
    socket.end();
    await owner.seen('close');
    expect(owner.text).to.equal('to whom it may concern');
    expect(
      accepted.eventNames().map((name) => [name, accepted.listenerCount(name)]),
      'nobody listens to the old one for the new one',
    ).to.deep.equal(listeners);
    expect(accepted.bytesRead).to.equal(0);
  });

  it('leaves the server free to close while the connection lives on', async () => {
    const { socket, reading } = DirectReading.adopt(accepted);
    server.close();
    await once(server, 'close');
    const owner = new SocketRecorder(
      new NetworkSocket(socket, networkPeer(socket), socket, reading),
    );
    client.write('alive');
    await owner.received(5);
    socket.destroy();
    await owner.seen('close');
  });

  it('reads nothing before somebody is attached', async () => {
    const { socket, reading } = DirectReading.adopt(accepted);
    client.write('early');
    await turns(20);
    expect(socket.bytesRead).to.equal(0);
    const owner = new SocketRecorder(
      new NetworkSocket(socket, networkPeer(socket), socket, reading),
    );
    await owner.received(5);
    expect(owner.text).to.equal('early');
    socket.destroy();
    await owner.seen('close');
  });

  it('keeps a socket as it is whose handle knows nothing of the like, and reads its data events', async () => {
    const { _handle: handle } = accepted as unknown as { _handle: object };
    Object.defineProperty(handle, 'useUserBuffer', { value: undefined });
    const { socket, reading } = DirectReading.adopt(accepted);
    expect([socket, reading]).to.deep.equal([accepted, undefined]);
    const owner = new PlacingRecorder(
      new NetworkSocket(socket, networkPeer(socket), socket, reading),
    );
    client.write('to whom it may concern');
    await owner.received(22);
    expect([owner.text, owner.askedCount]).to.deep.equal(['to whom it may concern', 0]);
    socket.destroy();
    await owner.seen('close');
  });

  it('keeps a socket as it is that has lost its handle', async () => {
    accepted.destroy();
    const { socket, reading } = DirectReading.adopt(accepted);
    expect([socket, reading]).to.deep.equal([accepted, undefined]);
    await until(() => accepted.closed);
  });
});
