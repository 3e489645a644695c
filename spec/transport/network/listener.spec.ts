import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { connect as connectTls, type TlsOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { MisuseError } from '../../../lib/errors/errors.ts';
import { type ConnectionOptions, resolveEndpoint } from '../../../lib/transport/endpoint.ts';
import { networkTransport } from '../../../lib/transport/network/transport.ts';
import type {
  TlsHandshake,
  TransportListener,
  TransportSocket,
} from '../../../lib/transport/transport.ts';
import { type Credentials, TestAuthority } from '../../support/certificates.ts';
import { SocketRecorder } from '../../support/socket-recorder.ts';
import { turns } from '../../support/turns.ts';

const host = '127.0.0.1';
const A_DAY_MS = 86_400_000;

/** A stream over the socket whose every write begins with a packet of one byte. */
function oneByteFirst(socket: Socket): Duplex {
  const stream = new Duplex({
    read: () => {},
    write: (bytes: Buffer, _encoding, done) => {
      socket.write(bytes.subarray(0, 1), () => socket.write(bytes.subarray(1), done));
    },
  });
  socket.setNoDelay(true).on('data', (bytes) => stream.push(bytes));
  return stream;
}

describe('the network listener', () => {
  let authority: TestAuthority;
  let credentials: Credentials;
  let listener: TransportListener | undefined;
  let accepted: TransportSocket[];
  let dialed: TransportSocket[];
  let errors: Error[];
  let onEvent: () => void;

  before(async () => {
    authority = await TestAuthority.create();
    credentials = await authority.issue();
  });

  beforeEach(() => {
    listener = undefined;
    accepted = [];
    dialed = [];
    errors = [];
    onEvent = () => {};
  });

  afterEach(async () => {
    await listener?.close();
    for (const socket of [...accepted, ...dialed]) socket.destroy();
  });

  /** A listener that tells of TLS handshakes, and whose owner lets them in or not. */
  async function listenAtDoor(isLetIn: boolean): Promise<{ port: number; told: string[] }> {
    const told: string[] = [];
    const options = { host, port: 0, tls: { ...credentials, handshakeTimeout: A_DAY_MS } };
    const names = new Map<TlsHandshake | undefined, string>([[undefined, 'nobody']]);
    listener = await networkTransport.listen(resolveEndpoint(options, 'listen'), {
      onHandshake: (handshake) => {
        names.set(handshake, `handshake ${names.size} of ${handshake.peer.address}`);
        told.push(`${names.get(handshake)} begins`);
        return isLetIn;
      },
      onSocket: (socket, handshake) => {
        accepted.push(socket);
        told.push(`${names.get(handshake)} is done`);
        onEvent();
      },
      onError: (error, handshake) => {
        errors.push(error);
        told.push(`${names.get(handshake)} fails`);
        onEvent();
      },
    });
    return { port: listener.address.port, told };
  }

  it('F5, F32 tells of a TLS handshake before it begins, and of its end', async () => {
    const { port, told } = await listenAtDoor(true);
    await dial(port, { ca: authority.cert });
    await events(1);
    const plain = await dial(port);
    plain.write([Buffer.from('no TLS at all')]);
    await events(2);
    const silent = await dial(port);
    silent.destroy();
    await events(3);
    expect(told.toSorted()).to.deep.equal([
      'handshake 1 of 127.0.0.1 begins',
      'handshake 1 of 127.0.0.1 is done',
      'handshake 2 of 127.0.0.1 begins',
      'handshake 2 of 127.0.0.1 fails',
      'handshake 3 of 127.0.0.1 begins',
      'handshake 3 of 127.0.0.1 fails',
    ]);
  });

  it('F5 tells at once of a client that leaves before its first byte, however long a handshake may take', async () => {
    const { port } = await listenAtDoor(true);
    (await dial(port)).destroy();
    await events(1);
    expect(errors.map(({ message }) => message)).to.deep.equal([
      'the peer closed the connection during the TLS handshake',
    ]);
  });

  it('E1-memory closes a connection that is refused before its TLS handshake, without a byte of TLS', async () => {
    const { port, told } = await listenAtDoor(false);
    const refused = new SocketRecorder(await dial(port));
    await refused.seen('end');
    expect(refused.receivedBytes).to.equal(0);
    expect(told).to.deep.equal(['handshake 1 of 127.0.0.1 begins']);
    expect(errors).to.deep.equal([]);
  });

  async function listen(options: ConnectionOptions): Promise<TransportListener> {
    listener = await networkTransport.listen(resolveEndpoint(options, 'listen'), {
      onSocket: (socket) => {
        accepted.push(socket);
        onEvent();
      },
      onError: (error) => {
        errors.push(error);
        onEvent();
      },
    });
    return listener;
  }

  async function listenTls(options: TlsOptions = {}): Promise<TransportListener> {
    return listen({ host, port: 0, tls: { ...credentials, ...options } });
  }

  /** Resolves when that many sockets were accepted or have failed. */
  async function events(count: number): Promise<void> {
    while (accepted.length + errors.length < count) {
      await new Promise<void>((resolve) => (onEvent = resolve));
    }
  }

  async function dial(port: number, tls?: ConnectionOptions['tls']): Promise<TransportSocket> {
    const socket = await networkTransport.dial(resolveEndpoint({ host, port, tls }, 'dial'), {});
    dialed.push(socket);
    return socket;
  }

  /** The first accepted socket, as soon as there is one. */
  async function firstAccepted(): Promise<TransportSocket> {
    await events(1);
    const [socket] = accepted;
    if (socket === undefined) throw new Error('accepting failed', { cause: errors[0] });
    return socket;
  }

  it('shows IPv4 peers of a dual-stack listener by their IPv4 address', async () => {
    const { address } = await listen({ port: 0, insecure: true });
    await dial(address.port);
    const { peer } = await firstAccepted();
    expect(`${peer.family} ${peer.address}`).to.equal('IPv4 127.0.0.1');
  });

  it('survives a socket that fails before anyone attached to it', async () => {
    const { port } = (await listen({ host, port: 0 })).address;
    const client = connect(port, host);
    await once(client, 'connect');
    const socket = await firstAccepted();
    client.resetAndDestroy();
    await once(client, 'close');
    await turns(20);
    const server = new SocketRecorder(socket);
    await server.seen('close');
    expect(server.error).to.have.property('code', 'ECONNRESET');
  });

  it('has no TLS to reload without TLS', async () => {
    const plain = await listen({ host, port: 0 });
    expect(() => plain.reloadTls(credentials)).to.throw(MisuseError);
  });

  it('F23 survives EMFILE and accepts again as soon as descriptors are free', async () => {
    const script = fileURLToPath(new URL('fixtures/accept-under-emfile.js', import.meta.url));
    const command = 'ulimit -n 256 && exec "$0" "$1"';
    const child = spawn('sh', ['-c', command, process.execPath, script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<string> => String((await lines.next()).value);
    const port = Number(await next());
    expect(await next()).to.equal('exhausted');

    // Node accepts it with a spare descriptor and closes it.
    expect(await text(connect(port, host))).to.equal('');
    child.stdin.write('\n');
    expect(await next()).to.equal('freed');
    expect(await text(connect(port, host))).to.equal('welcome');
    const exited = once(child, 'close');
    child.stdin.end('\n');
    await exited;
  });

  it('F32 tells both ends who the other is', async () => {
    const { address } = await listenTls({ ca: authority.cert, requestCert: true });
    const certificate = await authority.issue({ commonName: 'replica 7', names: ['replica-7'] });
    const client = await dial(address.port, { ...certificate, ca: authority.cert });
    const server = await firstAccepted();
    expect(client.peer.tls).to.include({
      isAuthorized: true,
      commonName: 'localhost',
      alpnProtocol: 'sluice/1',
    });
    expect(server.peer.tls).to.include({ isAuthorized: true, commonName: 'replica 7' });
    expect(server.peer.tls?.subjectAltName).to.include('DNS:replica-7');
    expect(server.peer.tls?.fingerprint256).to.match(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });

  it('F32 knows nothing of a client that showed no certificate', async () => {
    const { port } = (await listenTls()).address;
    await dial(port, { ca: authority.cert });
    const { peer } = await firstAccepted();
    expect(peer.tls).to.include({ isAuthorized: false, alpnProtocol: 'sluice/1' });
    expect(peer.tls).to.include({ commonName: undefined, fingerprint256: undefined });
  });

  it('F32 reports a client certificate that nobody vouches for, and lives on', async () => {
    const { port } = (await listenTls({ ca: authority.cert, requestCert: true })).address;
    const stranger = await (await TestAuthority.create('somebody else')).issue();
    for (const certificate of [stranger, {}, await authority.issue({ isExpired: true })]) {
      const client = connectTls({ port, host, ca: authority.cert, ...certificate });
      client.on('error', () => {}).resume();
      await new Promise<void>((resolve) => void client.on('close', () => resolve()));
    }
    await events(3);
    expect(errors.map((error) => 'code' in error && error.code)).to.deep.equal([
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE',
      'CERT_HAS_EXPIRED',
    ]);
    await dial(port, { ...credentials, ca: authority.cert });
    await events(4);
    expect(errors).to.have.length(3);
  });

  it('F7 reports a client that speaks no TLS, and lives on', async () => {
    const { port } = (await listenTls()).address;
    const client = connect(port, host).on('error', () => {});
    client.end('GET / HTTP/1.1\r\n\r\n');
    let answer = '';
    client.on('data', (bytes: Buffer) => (answer += bytes.toString('hex')));
    await once(client, 'close');
    await events(1);
    expect(errors[0]).to.have.property('code', 'ERR_TLS');
    expect(answer, 'an alert of TLS').to.equal('1503010002020a');
    await dial(port, { ca: authority.cert });
  });

  it('F32 takes a handshake of TLS in any pieces, from its first byte on', async () => {
    const { port } = (await listenTls()).address;
    const raw = connect(port, host);
    const secured = connectTls({
      socket: oneByteFirst(raw),
      ca: authority.cert,
      servername: 'localhost',
    });
    await once(secured, 'secureConnect');
    secured.destroy();
    raw.destroy();
    await once(secured, 'close');
  });

  it('F32 refuses a client that speaks another protocol over TLS', async () => {
    const { port } = (await listenTls()).address;
    const client = connectTls({ port, host, ca: authority.cert, ALPNProtocols: ['h2'] });
    const [error] = await once(client, 'error');
    expect(error).to.have.property('code', 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
    await events(1);
  });

  it('F32 refuses TLS 1.1', async () => {
    const { port } = (await listenTls()).address;
    const client = connectTls({
      port,
      host,
      ca: authority.cert,
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    await once(client, 'error');
    await events(1);
    expect(errors[0]).to.have.property('code', 'ERR_SSL_UNSUPPORTED_PROTOCOL');
  });

  it('F32 closes a connection whose client wants to renegotiate', async () => {
    const { port } = (await listenTls()).address;
    const client = connectTls({ port, host, ca: authority.cert, maxVersion: 'TLSv1.2' });
    client.on('error', () => {}).resume();
    await once(client, 'secureConnect');
    const server = new SocketRecorder(await firstAccepted());
    client.renegotiate({}, () => {});
    await server.seen('close');
    expect(server.error).to.have.property('code', 'ERR_TLS_RENEGOTIATION_DISABLED');
    client.destroy();
  });

  it('F32 shows a truncation (FIN without close_notify) as an end without an error', async () => {
    const { port } = (await listenTls()).address;
    const tcp = connect({ port, host, allowHalfOpen: true });
    await once(tcp, 'connect');
    const client = connectTls({ socket: tcp, host, ca: authority.cert });
    client.resume().write('half a fra');
    const server = new SocketRecorder(await firstAccepted());
    await server.received(10);
    tcp.end();
    await server.seen('end');
    expect(server.events).to.deep.equal(['data', 'end']);
    client.destroy();
  });

  it('F32 shows a reloaded certificate to new connections, and keeps the old ones', async () => {
    const tlsListener = await listenTls({ ca: authority.cert, requestCert: true });
    const { port } = tlsListener.address;
    const ours = { ...credentials, ca: authority.cert };
    const before = await dial(port, ours);
    const server = new SocketRecorder(await firstAccepted());
    tlsListener.reloadTls(await authority.issue({ commonName: 'renewed' }));
    const after = await dial(port, ours);
    await events(2);
    expect(before.peer.tls?.commonName).to.equal('localhost');
    expect(after.peer.tls?.commonName).to.equal('renewed');
    expect(accepted.map(({ peer }) => peer.tls?.isAuthorized)).to.deep.equal([true, true]);
    before.write([Buffer.from('still here')]);
    await server.received(10);
  });

  it('F32 goes on with the old certificate when a reload is no good', async () => {
    const tlsListener = await listenTls();
    expect(() => tlsListener.reloadTls({ cert: 'nonsense', key: 'nonsense' })).to.throw();
    expect(() => tlsListener.reloadTls({ minVersion: 'TLSv1' })).to.throw('TLSv1.2 or later');
    const client = await dial(tlsListener.address.port, { ca: authority.cert });
    expect(client.peer.tls?.commonName).to.equal('localhost');
  });

  it('closes connections that are still in their handshake when it closes', async () => {
    const tlsListener = await listenTls();
    const silent = connect(tlsListener.address.port, host);
    silent.on('error', () => {}).resume();
    await once(silent, 'connect');
    await turns(20);
    const closed = once(silent, 'close');
    await tlsListener.close();
    await closed;
    expect(errors).to.deep.equal([]);
  });
});
