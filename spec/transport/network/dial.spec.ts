import { getEventListeners, once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { type ConnectionOptions, resolveEndpoint } from '../../../lib/transport/endpoint.ts';
import { networkTransport } from '../../../lib/transport/network/transport.ts';
import type { TransportSocket } from '../../../lib/transport/transport.ts';
import { failure } from '../../compliance/transport.ts';
import { type CertificateOptions, TestAuthority } from '../../support/certificates.ts';
import { namespaceObstacle, runInNamespace } from '../../support/netns.ts';
import { SocketRecorder } from '../../support/socket-recorder.ts';

const host = '127.0.0.1';

describe('dialing over the network', () => {
  let authority: TestAuthority;
  let server: Server;
  let sockets: Set<Socket>;

  before(async () => {
    authority = await TestAuthority.create();
  });

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    const closed = once(server, 'close');
    server.close();
    await closed;
  });

  async function start(listening: Server): Promise<number> {
    server = listening;
    sockets = new Set();
    server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})));
    server.listen(0, host);
    await once(server, 'listening');
    // A server that listens on TCP has an address and port.
    return (server.address() as AddressInfo).port;
  }

  async function startTls(certificate: CertificateOptions, more: TlsOptions = {}): Promise<number> {
    const credentials = await authority.issue(certificate);
    const tlsServer = createTlsServer({ ...credentials, ...more }, (socket) => {
      sockets.add(socket.on('error', () => {}).resume());
    });
    return start(tlsServer.on('tlsClientError', () => {}));
  }

  function dial(options: ConnectionOptions, signal?: AbortSignal): Promise<TransportSocket> {
    return networkTransport.dial(resolveEndpoint({ host, ...options }, 'dial'), { signal });
  }

  const trusting = (): ConnectionOptions['tls'] => ({ ca: authority.cert });

  it('dials from the local address that was asked for', async () => {
    const port = await start(createServer());
    const accepting = once(server, 'connection');
    const socket = await dial({ port, localAddress: '127.0.0.5' });
    const [accepted] = await accepting;
    expect(accepted.remoteAddress).to.equal('127.0.0.5');
    socket.destroy();
  });

  it('dials the address that was reached before, as long as the host is the same', async () => {
    const port = await start(createServer());
    const endpoint = resolveEndpoint({ host: 'nowhere.invalid', port, insecure: true }, 'dial');
    const reached = { host: 'nowhere.invalid', address: host };
    const socket = await networkTransport.dial({ ...endpoint, reached }, {});
    expect(socket.peer).to.include({ address: host, port });
    socket.destroy();
    const elsewhere = { ...endpoint, host: '127.0.0.9', reached };
    const other = await networkTransport.dial({ ...elsewhere, port }, {}).catch(String);
    expect(other).to.contain('ECONNREFUSED 127.0.0.9');
  });

  it('F32 rejects for credentials that Node can’t use, which it judges only when connected', async () => {
    const port = await start(createServer());
    const accepting = once(server, 'connection');
    const error = await failure(dial({ port, tls: { cert: 'damaged', key: 'damaged' } }));
    expect(error).to.include({ code: 'ERR_TLS', message: 'option tls: cert or key is no PEM' });
    expect((error as Error).cause)
      .to.have.property('code')
      .that.matches(/^ERR_OSSL/);
    const [accepted] = (await accepting) as [Socket];
    await once(accepted.resume(), 'close');
  });

  it('F32 refuses a server that nobody vouches for', async () => {
    const port = await startTls({});
    const error = await failure(dial({ port, tls: true }));
    expect(error).to.have.property('code', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('F32 refuses an expired certificate', async () => {
    const port = await startTls({ isExpired: true });
    const error = await failure(dial({ port, tls: trusting() }));
    expect(error).to.have.property('code', 'CERT_HAS_EXPIRED');
  });

  it('F32 refuses a certificate of another name or address', async () => {
    const port = await startTls({ names: ['elsewhere'], addresses: ['10.0.0.1'] });
    for (const name of [host, 'localhost']) {
      const error = await failure(dial({ host: name, port, tls: trusting(), family: 4 }));
      expect(error).to.have.property('code', 'ERR_TLS_CERT_ALTNAME_INVALID');
    }
  });

  it('F32 tells the server the name it was dialed by', async () => {
    const asked: string[] = [];
    const SNICallback: TlsOptions['SNICallback'] = (name, done) => {
      asked.push(name);
      done(null);
    };
    const port = await startTls({}, { SNICallback });
    const socket = await dial({ host: 'localhost', family: 4, port, tls: trusting() });
    socket.destroy();
    expect(asked).to.deep.equal(['localhost']);
  });

  it('F32 refuses a server that offers nothing above TLS 1.1', async () => {
    const port = await startTls(
      {},
      {
        minVersion: 'TLSv1',
        maxVersion: 'TLSv1.1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      },
    );
    const error = await failure(dial({ port, tls: trusting() }));
    expect(error).to.have.property('code', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  });

  it('F32 closes a socket whose server refuses our certificate after the handshake', async () => {
    const port = await startTls({}, { ca: authority.cert, requestCert: true });
    const client = new SocketRecorder(await dial({ port, tls: trusting() }));
    await client.seen('close');
    expect(client.error).to.have.property('code', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
  });

  it('fails when the server hangs up in the middle of the handshake', async () => {
    const port = await start(createServer((socket) => socket.once('data', () => socket.destroy())));
    const error = await failure(dial({ port, tls: trusting() }));
    expect(error).to.have.property('code', 'ECONNRESET');
  });

  it('closes the connection when it is aborted in the middle of the handshake', async () => {
    const port = await start(createServer());
    const accepting = once(server, 'connection');
    const controller = new AbortController();
    const dialing = failure(dial({ port, tls: trusting() }, controller.signal));
    const [accepted] = await accepting;
    await once(accepted, 'data');
    const closed = once(accepted, 'close');
    controller.abort(new Error('too slow'));
    expect(await dialing).to.have.property('message', 'too slow');
    accepted.end();
    await closed;
  });

  it('leaves no listener on the signal', async () => {
    const port = await start(createServer());
    const { signal } = new AbortController();
    (await dial({ port }, signal)).destroy();
    await failure(dial({ port: 1 }, signal));
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });

  const obstacle = namespaceObstacle();
  if (obstacle !== undefined)
    it.skip(`F4 notices a dead network by keepalive (skipped: ${obstacle})`);
  else {
    it('F4 notices a dead network by keepalive, as a timeout', async () => {
      await start(createServer());
      const script = fileURLToPath(new URL('fixtures/half-open.js', import.meta.url));
      const told: unknown = JSON.parse(await runInNamespace(script));
      expect(told).to.deep.include({ events: ['close'] });
      expect(told).to.have.nested.property('error.code', 'ETIMEDOUT');
    }).slow(30_000);
  }
});
