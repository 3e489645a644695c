import { once } from 'node:events';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

import { expect } from 'chai';

import {
  type ClientOptions,
  ClosedError,
  createClient,
  listen,
  OptionError,
  type ServerOptions,
  type Sink,
  type Source,
  StreamClosedError,
  verb,
} from '../../lib/index.ts';
import { TlsError, UnauthenticatedError } from '../../lib/errors/access-errors.ts';
import { networkTransport, type Peer } from '../../lib/transport.ts';
import { resolveEndpoint } from '../../lib/transport/endpoint.ts';
import { encodeNegotiation } from '../../lib/wire/negotiation-frame.ts';
import {
  type CertificateOptions,
  type Credentials,
  TestAuthority,
} from '../support/certificates.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { NO_FEATURES } from '../support/raw-peer.ts';
import { rejectionOf } from '../support/rejection.ts';
import { ECHO, GOOD_SESSION, runSession, serveSession } from '../support/session.ts';
import { SocketRecorder } from '../support/socket-recorder.ts';
import { turns } from '../support/turns.ts';
import { withListening, withServer } from '../support/with-server.ts';

const WHO = verb<() => [name: string, isAuthorized: boolean]>(40);
const TALK = verb<(input: Source<[string]>) => Sink<[string]>>(41);

const NAME = verb<() => string>(42);

/** Negotiates over TLS and leaves. Returns the session, which a later connection may resume. */
async function joinOverTls(options: ConnectionOptions): Promise<Buffer> {
  const socket = connectTls({
    host: '127.0.0.1',
    servername: 'localhost',
    ALPNProtocols: ['sluice/1'],
    minVersion: 'TLSv1.3',
    ...options,
  });
  let session: Buffer = Buffer.alloc(0);
  socket.on('session', (latest: Buffer) => (session = latest));
  socket.write(encodeNegotiation(NO_FEATURES));
  await once(socket, 'data');
  expect(socket.isSessionReused()).to.equal(options.session !== undefined);
  socket.destroy();
  await once(socket, 'close');
  return session;
}

describe('F32 TLS', () => {
  let authority: TestAuthority;
  let credentials: Credentials;

  before(async () => {
    authority = await TestAuthority.create();
    credentials = await authority.issue();
  });

  /** The system's code for what was wrong with a server. */
  async function refusal(options: CertificateOptions, ca = authority.cert): Promise<unknown> {
    const tls = await authority.issue(options);
    let code: unknown;
    await withListening({ server: { tls } }, async (_server, start) => {
      const error = await rejectionOf(start({ tls: { ca } }).whenReady(), TlsError);
      expect(error).to.include({ initiator: 'transport', scope: 'connection', retryable: false });
      code = (error.cause as { code?: unknown }).code;
    });
    return code;
  }

  it('F32 carries calls and streams', () =>
    withServer(
      { server: { tls: credentials }, client: { tls: { ca: authority.cert } } },
      async ({ server, client }) => {
        serveSession(server);
        expect(await runSession(client)).to.deep.equal(GOOD_SESSION);
      },
    ));

  it('F32 refuses a server that nobody vouches for, an expired one, and one of another name', async () => {
    const { cert: stranger } = await TestAuthority.create('somebody else');
    expect(await refusal({}, stranger)).to.equal('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(await refusal({ isExpired: true })).to.equal('CERT_HAS_EXPIRED');
    const elsewhere = { names: ['elsewhere'], addresses: ['192.0.2.1'] };
    expect(await refusal(elsewhere)).to.equal('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('F32, F3 takes a truncation, without close_notify, for no end', async () => {
    const tls = { ca: authority.cert };
    await withListening({ server: { tls: credentials } }, async (server, start) => {
      server.handle(TALK, async (_context, input) => {
        const output = input.makeSink<[string]>();
        await output.send('first');
        return output;
      });
      await using proxy = await FaultProxy.start(server.address.port);
      const client = start({ port: proxy.port, tls });
      const sink = await client.makeStreamSink<[string]>();
      const source = await client.call(TALK, sink);
      expect(await source.read()).to.deep.equal(['first']);
      (await proxy.connection(1)).destroy();
      await rejectionOf(source.read(), StreamClosedError);
      await rejectionOf(sink.ended);
    });
  });

  it('F32 tells handlers who the client is', async () => {
    const tls = { ...credentials, ca: authority.cert, requestCert: true };
    const identity = await authority.issue({ commonName: 'replica 7' });
    await withListening({ server: { tls } }, async (server, start) => {
      server.handle(WHO, ({ peer }) => [
        peer.tls?.commonName ?? '',
        peer.tls?.isAuthorized ?? false,
      ]);
      const client = start({ tls: { ...identity, ca: authority.cert } });
      expect(await client.call(WHO)).to.deep.equal(['replica 7', true]);
    });
  });

  it('F32, E1-floods waits with TLS until an async filter has let a connection in', async () => {
    const asked: unknown[] = [];
    const filterConnection = async ({ tls }: Peer): Promise<boolean> => {
      await turns(3);
      asked.push(tls);
      return asked.length === 1;
    };
    const options = { server: { tls: credentials, filterConnection } };
    await withListening(options, async (server, start) => {
      server.handle(ECHO, (_context, text) => text);
      const tls = { ca: authority.cert };
      expect(await start({ tls }).call(ECHO, 'let in')).to.equal('let in');
      await rejectionOf(start({ tls }).whenReady(), ClosedError);
      expect(asked, 'it is asked before TLS has proved anything').to.deep.equal([
        undefined,
        undefined,
      ]);
    });
  });

  it('F32, E1-tls gives the identity to the authenticate hook, which may turn it away', async () => {
    const tls = {
      ...credentials,
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: false,
    };
    const authenticate = ({ peer }: { peer: Peer }): string => {
      if (peer.tls?.isAuthorized !== true) throw new Error('who are you?');
      return String(peer.tls.commonName);
    };
    const log = new CollectedLog();
    await withListening({ server: { tls, authenticate, logger: log } }, async (server, start) => {
      server.handle(NAME, (context) => String(context.principal));
      const known = start({
        tls: { ...(await authority.issue({ commonName: 'known' })), ca: authority.cert },
      });
      expect(await known.call(NAME)).to.equal('known');
      const unknown = start({ tls: { ca: authority.cert } });
      await rejectionOf(unknown.whenReady(), UnauthenticatedError);
      await log.line(/dropped: who are you\?/);
    });
  });

  it('F32, E1-tls takes nobody for authorized who resumes a session that was not', async () => {
    const { cert: ca } = authority;
    const tls = { ...credentials, ca, requestCert: true, rejectUnauthorized: false };
    const stranger = await (await TestAuthority.create('somebody else')).issue();
    const known = await authority.issue({ commonName: 'known' });
    const seen: (string | boolean | undefined)[][] = [];
    const authenticate = ({ peer }: { peer: Peer }): void => {
      seen.push([peer.tls?.commonName, peer.tls?.isAuthorized]);
    };
    await withListening({ server: { tls, authenticate } }, async (server) => {
      for (const identity of [{}, stranger, known]) {
        const { port } = server.address;
        const session = await joinOverTls({ port, ca, ...identity });
        await joinOverTls({ port, ca, ...identity, session });
      }
    });
    expect(seen).to.deep.equal([
      [undefined, false],
      [undefined, false],
      ['localhost', false],
      ['localhost', false],
      ['known', true],
      ['known', true],
    ]);
  });

  it('F32, F17, E1-ids binds streams to their parent’s certificate', async () => {
    const tls = { ...credentials, ca: authority.cert, requestCert: true };
    const [mine, theirs] = [await authority.issue(), await authority.issue()];
    await withListening({ server: { tls } }, async (server, start) => {
      const client = start({ tls: { ...mine, ca: authority.cert }, extension: false });
      await client.whenReady();
      const answered = async (identity: Credentials): Promise<number> => {
        const place = { host: '127.0.0.1', port: server.address.port };
        const endpoint = resolveEndpoint(
          { ...place, tls: { ...identity, ca: authority.cert } },
          'dial',
        );
        const socket = await networkTransport.dial(endpoint, {});
        const recorder = new SocketRecorder(socket);
        const { connectionId } = client;
        socket.write([encodeNegotiation({ ...NO_FEATURES, streamParent: connectionId })]);
        await Promise.race([recorder.received(1), recorder.seen('end')]);
        socket.destroy();
        await recorder.seen('close');
        return recorder.receivedBytes;
      };
      expect(await answered(theirs)).to.equal(0);
      expect(await answered(mine)).to.be.above(0);
    });
  });

  it('F32, F7 fails a client without TLS, and one with TLS at a server without', async () => {
    const log = new CollectedLog();
    await withListening({ server: { tls: credentials, logger: log } }, async (_server, start) => {
      const error = await rejectionOf(start().whenReady(), TlsError);
      expect(error).to.include({ retryable: false });
      expect(error.message).to.match(/the peer speaks TLS: give the option tls$/);
      await log.line(/a connection was not accepted: the peer does not speak TLS/);
    });
    await withListening({ server: { logger: log } }, async (_server, start) => {
      const error = await rejectionOf(start({ tls: { ca: authority.cert } }).whenReady(), TlsError);
      expect(error.message).to.equal('could not connect: the peer does not speak TLS');
      await log.line(/this looks like TLS on a plain port/);
    });
  });

  it('F32 shows a reloaded certificate to new clients, and keeps the old ones', () =>
    withListening({ server: { tls: credentials } }, async (server, start) => {
      server.handle(ECHO, (_context, text) => text);
      const other = await TestAuthority.create('the next authority');
      const old = start({ tls: { ca: authority.cert } });
      await old.whenReady();
      server.reloadTls(await other.issue());
      const renewed = start({ tls: { ca: other.cert } });
      expect(await renewed.call(ECHO, 'new')).to.equal('new');
      expect(await old.call(ECHO, 'old')).to.equal('old');
      await rejectionOf(start({ tls: { ca: authority.cert } }).whenReady(), TlsError);
    }));

  describe('F32 a failure that another try would meet again is told as ERR_TLS, in plain words', () => {
    /** The error of connecting. */
    async function failure(
      server: NonNullable<ServerOptions['tls']>,
      client: NonNullable<ClientOptions['tls']>,
    ): Promise<TlsError> {
      let error: TlsError | undefined;
      await withListening({ server: { tls: server } }, async (_server, start) => {
        error = await rejectionOf(start({ tls: client }).whenReady(), TlsError);
      });
      expect(error).to.include({ code: 'ERR_TLS', scope: 'connection', retryable: false });
      return error!;
    }

    it('F32 of the certificate of the server', async () => {
      const { cert: ca } = authority;
      const { cert: stranger } = await TestAuthority.create('somebody else');
      expect((await failure(credentials, { ca: stranger })).message).to.equal(
        'could not connect: no authority that this side trusts vouches for the certificate of the peer (tls.ca)',
      );
      const expired = await authority.issue({ isExpired: true });
      expect((await failure(expired, { ca })).message).to.equal(
        'could not connect: the certificate of the peer has expired',
      );
      expect((await failure(credentials, { ca, servername: 'other.test' })).message).to.match(
        /^could not connect: the certificate of the peer is for another name: .*other\.test/,
      );
    });

    it('F32 of versions and protocols that the sides have not in common', async () => {
      const { cert: ca } = authority;
      const newest = { ...credentials, minVersion: 'TLSv1.3' as const };
      expect((await failure(newest, { ca, maxVersion: 'TLSv1.2' })).message).to.equal(
        'could not connect: the two sides have no version of TLS in common',
      );
      const other = { ...credentials, ALPNProtocols: ['other/1'] };
      expect((await failure(other, { ca })).message).to.equal(
        'could not connect: the two sides have no protocol over TLS in common (tls.ALPNProtocols)',
      );
    });

    it('F32 of a client’s certificate that is missing, also after the handshake of TLS 1.3', async () => {
      const { cert: ca } = authority;
      const tls = { ...credentials, ca, requestCert: true };
      const late = await failure(tls, { ca, minVersion: 'TLSv1.3' });
      expect(late.message).to.equal(
        'the peer wants a certificate of this side (tls.cert and tls.key)',
      );
      expect(late.initiator).to.equal('remote');
      const early = await failure(tls, { ca, maxVersion: 'TLSv1.2' });
      expect(early.message).to.match(/^could not connect: .*wants a certificate of this side/);
    });

    it('F32 of options that Node can’t use, at either end', async () => {
      const { key } = await authority.issue();
      const ca = authority.cert;
      const mismatch = 'option tls: key does not belong to cert';
      const error = await failure(credentials, { ca, cert: credentials.cert, key });
      expect(error).to.include({ message: mismatch, initiator: 'local' });
      const tls = { cert: credentials.cert, key };
      const listening = listen({ host: '127.0.0.1', port: 0, tls });
      expect(await rejectionOf(listening, TlsError)).to.include({ message: mismatch });
      await withListening({ server: { tls: credentials } }, async (server) => {
        expect(() => server.reloadTls({ key })).to.throw(TlsError, mismatch);
      });
    });

    it('F32 of the connection of a stream, whose main connection lives on', () =>
      withListening({ server: { tls: credentials } }, async (server, start) => {
        server.handle(ECHO, (_context, text) => text);
        const client = start({ tls: { ca: authority.cert } });
        await client.whenReady();
        server.reloadTls(await (await TestAuthority.create('the next authority')).issue());
        const error = await rejectionOf(client.makeStreamSink(), TlsError);
        expect(error).to.include({ retryable: false });
        expect(await client.call(ECHO, 'still here')).to.equal('still here');
      }));
  });

  it('E1-tls is required unless the other end is on this machine, or somebody says insecure', async () => {
    expect(() => createClient({ host: '192.0.2.1', port: 7070 }))
      .to.throw(OptionError)
      .and.include({ option: 'tls' });
    expect(await rejectionOf(listen({ host: '0.0.0.0', port: 0 }), OptionError)).to.include({
      option: 'tls',
    });
    expect(await rejectionOf(listen({ port: 0 }), OptionError)).to.include({ option: 'tls' });
    const server = await listen({ host: '0.0.0.0', port: 0, insecure: true });
    await server.close();
  });
});
