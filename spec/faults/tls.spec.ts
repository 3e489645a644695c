import { expect } from 'chai';

import {
  ClosedError,
  createClient,
  listen,
  OptionError,
  type Sink,
  type Source,
  StreamClosedError,
  verb,
} from '../../lib/index.ts';
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
      const error = await rejectionOf(start({ tls: { ca } }).whenReady(), ClosedError);
      expect(error.initiator).to.equal('transport');
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
      await rejectionOf(start({ tls: { ca: authority.cert } }).whenReady(), ClosedError);
      await log.line(/dropped: who are you\?/);
    });
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
      await rejectionOf(start().whenReady(), ClosedError);
      await log.line(/a connection was not accepted/);
    });
    await withListening({ server: { logger: log } }, async (_server, start) => {
      await rejectionOf(start({ tls: { ca: authority.cert } }).whenReady(), ClosedError);
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
      await rejectionOf(start({ tls: { ca: authority.cert } }).whenReady(), ClosedError);
    }));

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
