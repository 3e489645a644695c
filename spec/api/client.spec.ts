import { expect } from 'chai';

import { CLIENT_DEFAULTS, resolveClientOptions } from '../../lib/api/client-options.ts';
import {
  type ClientOptions,
  ClosedError,
  connect,
  createClient,
  OptionError,
  type Source,
  verb,
} from '../../lib/index.ts';
import { seastar } from '../../lib/api/presets.ts';
import { lz4 } from '../../lib/compression.ts';
import { networkTransport, type Transport } from '../../lib/transport.ts';
import type { Endpoint } from '../../lib/transport/transport.ts';
import type { Features } from '../../lib/wire/feature.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { NO_FEATURES } from '../support/raw-peer.ts';
import { RawServer } from '../support/raw-server.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { decodeNegotiation } from '../support/scripted-peer.ts';
import { turns } from '../support/turns.ts';
import { withClient, withServer } from '../support/with-server.ts';

const echo = verb<(value: number) => number>(1);
const consume = verb<(input: Source<[number]>) => void>(2);

describe('client options', () => {
  it('A2-client has Seastar’s defaults, and finite limits', () => {
    expect(resolveClientOptions({})).to.deep.equal({
      connectTimeoutMs: 10_000,
      sendTimeout: true,
      sendHandlerDuration: true,
      maxQueuedCalls: 65_536,
      callStacks: false,
      reconnect: {
        minDelayMs: 100,
        maxDelayMs: 10_000,
        maxAttempts: Infinity,
        giveUpAfterMs: Infinity,
        stableAfterMs: 15_000,
      },
    });
    expect(resolveClientOptions(seastar.client).reconnect, 'as Seastar').to.equal(undefined);
    expect(resolveClientOptions({ sendTimeout: undefined })).to.deep.equal(CLIENT_DEFAULTS);
  });

  for (const [option, value] of [
    ['connectTimeoutMs', -1],
    ['connectTimeoutMs', NaN],
    ['maxQueuedCalls', 0],
  ] as const) {
    it(`refuses ${option} = ${value}`, () => {
      expect(() => createClient({ port: 1, [option]: value })).to.throw(OptionError, option);
    });
  }

  it('refuses a token or a cookie that does not fit into the negotiation', () => {
    for (const option of ['token', 'isolationCookie']) {
      expect(resolveClientOptions({ [option]: 'x'.repeat(8_000) })).to.be.an('object');
      const tooLong = { port: 1, [option]: 'ü'.repeat(4_001) };
      expect(() => createClient(tooLong)).to.throw(OptionError, option);
    }
  });

  it('A2-client socket options reach every connection of a client', async () => {
    const endpoints: Endpoint[] = [];
    const network: Transport = {
      dial: (endpoint, options) => {
        endpoints.push(endpoint);
        return networkTransport.dial(endpoint, options);
      },
      listen: (endpoint, handlers) => networkTransport.listen(endpoint, handlers),
    };
    const client = { network, noDelay: false, keepAliveDelayMs: 5_000 };
    await withServer({ client }, async ({ client }) => {
      const sink = await client.makeStreamSink<[number]>();
      await sink.close();
      expect(endpoints).to.have.length(2);
      for (const endpoint of endpoints) {
        expect(endpoint).to.include({ noDelay: false, keepAliveDelayMs: 5_000 });
      }
    });
  });

  it('A2-client socket options default to no delay and a keepalive', async () => {
    const endpoints: Endpoint[] = [];
    const network: Transport = {
      dial: (endpoint) => {
        endpoints.push(endpoint);
        return Promise.reject(new Error('not today'));
      },
      listen: () => Promise.reject(new Error('not today')),
    };
    await rejectionOf(connect({ port: 1, network }), ClosedError);
    expect(endpoints[0]).to.include({ noDelay: true, keepAliveDelayMs: 10_000 });
  });

  const offers: [what: string, options: Partial<ClientOptions>, offered: Partial<Features>][] = [
    ['by default', {}, { hasTimeout: true, hasHandlerDuration: true, compress: undefined }],
    ['no timeout', { sendTimeout: false }, { hasTimeout: false }],
    ['no duration', { sendHandlerDuration: false }, { hasHandlerDuration: false }],
    ['compression', { compression: lz4() }, { compress: 'LZ4' }],
    ['a cookie', { isolationCookie: 'klass' }, { isolation: Buffer.from('klass') }],
    ['an empty cookie', { isolationCookie: '' }, { isolation: undefined }],
    ['no extension', { extension: false }, { extension: undefined }],
  ];
  for (const [what, options, offered] of offers) {
    it(`A2-client, S-S12: with ${what}, children offer what their parent did, but for the timeout`, async () => {
      const { main, child } = await offersOf(options);
      expect(pick(main, offered)).to.deep.equal(offered);
      expect(main.streamParent).to.equal(undefined);
      const inherited = 'hasTimeout' in offered ? { ...offered, hasTimeout: false } : offered;
      expect(pick(child, inherited)).to.deep.equal(inherited);
      expect(child.hasTimeout).to.be.false;
      expect(child.streamParent).to.equal(0x1230001n);
      expect(child.connectionId).to.equal(undefined);
    });
  }
});

describe('a client', () => {
  it('tells its state from connecting to closed', async () => {
    await withServer(async ({ start }) => {
      const client = start();
      expect(client.state).to.equal('connecting');
      expect(client.connectionId).to.equal(undefined);
      await client.whenReady();
      expect(client.state).to.equal('connected');
      expect(client.connectionId).to.be.a('bigint');
      await client.close();
      expect(client.state).to.equal('closed');
      await rejectionOf(client.whenReady({ timeoutMs: 0 }).then(() => client.call(echo, 1)));
    });
  });

  it('gives up waiting to be ready without giving up to connect', async () => {
    await withServer(async ({ server, start }) => {
      server.handle(echo, (_context, value) => value);
      const client = start();
      const error = await rejectionOf(client.whenReady({ signal: AbortSignal.abort('no time') }));
      expect(error).to.include({ code: 'ERR_CANCELED', cause: 'no time' });
      expect(await client.call(echo, 1)).to.equal(1);
    });
  });

  it('is disposed of by `await using`', async () => {
    await withServer(async ({ server }) => {
      server.handle(echo, (_context, value) => value);
      const options = { host: '127.0.0.1', port: server.address.port };
      const outer = await (async () => {
        await using client = await connect(options);
        expect(await client.call(echo, 1)).to.equal(1);
        return client;
      })();
      expect(outer.state).to.equal('closed');
    });
  });

  it('closes once: a second close waits for the readers as the first does', async () => {
    await withServer(async ({ server, connect }) => {
      let read: () => Promise<unknown> = () => Promise.resolve();
      server.handle(consume, (_context, input) => {
        read = () => input.read();
      });
      const client = await connect();
      const sink = await client.makeStreamSink<[number]>();
      await client.call(consume, sink);
      await sink.send(1);
      await sink.close();
      const closings = [follow(client.close()), follow(client.close())];
      await turns(20);
      expect(closings.map(({ outcome }) => outcome)).to.deep.equal([undefined, undefined]);
      expect(client.state).to.equal('closing');
      expect(await read()).to.deep.equal([1]);
      expect(await read()).to.equal(undefined);
      await client.close();
      await turns(1);
      for (const { outcome } of closings) expect(outcome).to.deep.equal({ value: undefined });
    });
  });

  it('survives a compressor that can’t be closed', async () => {
    const log = new CollectedLog();
    const compression = {
      supported: 'PLAIN',
      negotiate: () => ({
        name: 'PLAIN',
        compress: (frame: Buffer) => Buffer.from(frame),
        decompress: (payload: Buffer) => Buffer.from(payload),
        close: () => Promise.reject(new Error('stuck')),
      }),
    };
    await withServer({ both: { compression }, client: { logger: log } }, async (pair) => {
      pair.server.handle(echo, (_context, value) => value);
      expect(await pair.client.call(echo, 1)).to.equal(1);
      await pair.client.close();
      expect(log.lines.join()).to.match(/closing its compressor failed: stuck/);
    });
  });

  it('keeps views apart: each has its own bounds', async () => {
    await withServer(async ({ server, client }) => {
      server.handle(echo, (context, value) => (context.timeoutMs === undefined ? value : -value));
      const bounded = client.with({ timeoutMs: 60_000 });
      expect(await bounded.call(echo, 1)).to.equal(-1);
      expect(await client.call(echo, 2)).to.equal(2);
      expect(await client.with({}).call(echo, 3)).to.equal(3);
      await rejectionOf(client.with({ signal: AbortSignal.abort() }).call(echo, 4));
      expect(await bounded.call(echo, 5)).to.equal(-5);
    });
  });
});

/** What a client's main connection and its first child offer. */
async function offersOf(
  options: Partial<ClientOptions>,
): Promise<{ main: Features; child: Features }> {
  await using server = await RawServer.start();
  let offered: { main: Features; child: Features } | undefined;
  await withClient({ ...options, port: server.port }, async (client) => {
    const opening = client.makeStreamSink<[number]>().catch(() => {});
    const mainPeer = await server.accept();
    const main = decodeNegotiation(await mainPeer.takeNegotiation());
    mainPeer.negotiate({ ...NO_FEATURES, connectionId: 0x1230001n, extension: main.extension });
    const childPeer = await server.accept();
    offered = { main, child: decodeNegotiation(await childPeer.takeNegotiation()) };
    await client.abort();
    await opening;
  });
  return offered!;
}

/** The part of `features` that `like` speaks of. */
function pick(features: Features, like: Partial<Features>): Partial<Features> {
  const keys = Object.keys(like) as (keyof Features)[];
  return Object.fromEntries(keys.map((key) => [key, features[key]]));
}
