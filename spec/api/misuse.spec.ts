import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';
import { z } from 'zod';

import {
  type Client,
  type ClientOptions,
  connect,
  createClient,
  listen,
  type Server,
  type ServerOptions,
  stream,
  verb,
} from '../../lib/index.ts';
import { blobOf, fileBlob } from '../../lib/blob.ts';
import { isRpcError } from '../../lib/errors/rpc-error.ts';
import { rejectionOf } from '../support/rejection.ts';
import { withServer } from '../support/with-server.ts';

/** The beginning of the text with which each input is refused. */
type Refusals = readonly (readonly [given: unknown, text: string])[];

const HERE = { host: '127.0.0.1', port: 1 };

/** Of both `connect` and `listen`. */
const COMMON: Refusals = [
  [undefined, 'option options: must be an object, not undefined'],
  ['localhost:80', 'option options: must be an object, not "localhost:80"'],
  [80, 'option options: must be an object, not 80'],
  [[], 'option options: must be an object, not an array'],
  [{}, 'option port: a port or a path is required'],
  [{ ...HERE, port: '80' }, 'option port: must be a whole number from'],
  [
    { ...HERE, host: 'localhost:80' },
    'option host: must be a name or an IP address without a port',
  ],
  [{ ...HERE, host: 'http://localhost' }, 'option host: must be a name or an IP address without'],
  [{ ...HERE, host: 5 }, 'option host: must be a string, not 5'],
  [
    { ...HERE, tls: false },
    "option tls: must be true or an object of Node's TLS options, not false",
  ],
  [{ ...HERE, tls: { cert: '/etc/x.pem', key: 'k' } }, 'option tls.cert: must be the content of'],
  [{ path: '/tmp/a\0b' }, 'option path: must not contain U+0000'],
  [{ ...HERE, serializer: 'json' }, 'option serializer: must be a serializer such as bson or'],
  [{ ...HERE, compression: 'lz4' }, 'option compression: must be what a compressor such as lz4()'],
  [{ ...HERE, compression: () => {} }, 'option compression: must be what a compressor such as'],
  [{ ...HERE, logger: 'info' }, 'option logger: must be a Logger, not "info"'],
  [
    { ...HERE, interceptors: () => {} },
    'option interceptors: must be an array of functions, not a',
  ],
  [{ ...HERE, limits: 5 }, 'option limits: must be an object, not 5'],
  [{ ...HERE, limits: { maxChilds: 5 } }, 'option limits.maxChilds: there is no such option'],
  [{ ...HERE, compatibility: { isFast: true } }, 'option compatibility.isFast: there is no such'],
  [{ ...HERE, extension: 'yes' }, 'option extension: must be true or false, not "yes"'],
  [{ ...HERE, keepAlive: true }, 'option keepAlive: give keepAliveDelayMs'],
  [{ ...HERE, timeout: 5 }, 'option timeout: there is no such option'],
];

const CLIENT: Refusals = [
  ...COMMON,
  [{ ...HERE, signal: new AbortController() }, 'option signal: must be an AbortSignal, not an'],
  [{ ...HERE, policy: {} }, 'option policy: must be a policy with a method execute, not an object'],
  [{ ...HERE, token: 5 }, 'option token: must be a string or a function that gives one, not 5'],
  [{ ...HERE, authorize: () => true }, 'option authorize: there is no such option'],
  [{ ...HERE, connectTimeoutMs: NaN }, 'option connectTimeoutMs: must be a number from 0'],
];

const SERVER: Refusals = [
  ...COMMON,
  [
    { ...HERE, authorise: () => false },
    'option authorise: there is no such option; did you mean authorize?',
  ],
  [{ ...HERE, authenticate: true }, 'option authenticate: must be a function, not true'],
  [{ ...HERE, authorize: 'all' }, 'option authorize: must be a function, not "all"'],
  [{ ...HERE, governance: 5 }, 'option governance: must be an object, not 5'],
  [{ ...HERE, governance: { maxConcurrent: 5 } }, 'option governance.maxConcurrent: there is no'],
  [{ ...HERE, governance: { perConnection: 5 } }, 'option governance.perConnection: must be an'],
  [{ ...HERE, resources: { maxBytes: 5 } }, 'option resources.maxBytes: there is no such option'],
];

/** The text of the error of ours with which it throws or rejects. */
async function refusal(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
    return 'none';
  } catch (error) {
    if (isRpcError(error)) return error.message;
    throw error;
  }
}

function refusing(what: string, refusals: Refusals, attempt: (given: unknown) => unknown): void {
  for (const [given, text] of refusals) {
    it(`${what} is refused with "${text}"`, async () => {
      expect(await refusal(() => attempt(given))).to.contain(text);
    });
  }
}

const V = verb<(n: number) => number>(1);

/** Misuse of the methods of a client and its server. */
const METHODS: readonly (readonly [(client: Client, server: Server) => unknown, string])[] = [
  [
    (_, server) => server.handle(untyped(7), () => 1),
    'a verb must be one that verb(number) makes, not 7',
  ],
  [
    (_, server) => server.handle(V, untyped(undefined)),
    'a handler must be a function, not undefined',
  ],
  [
    (_, server) => server.handle(V, (_c, n) => n, untyped({ maxConcurent: 1 })),
    'did you mean maxConcurrent?',
  ],
  [
    (_, server) => server.handle(V, (_c, n) => n, { group: untyped('fast') }),
    'must be a Group, not "fast"',
  ],
  [(_, server) => server.hasHandler(untyped({})), 'a verb must be one that verb(number) makes'],
  [(_, server) => server.unhandle(untyped(1)), 'a verb must be one that verb(number) makes, not 1'],
  [(_, server) => server.expose('x', class {}), 'it is no object but a class'],
  [
    (_, server) => server.expose('x', { f: () => 1 }, untyped({ contexts: true })),
    'did you mean context?',
  ],
  [
    (_, server) => server.expose('x', { f: () => 1 }, { only: untyped('f') }),
    'must be an array of strings, not "f"',
  ],
  [
    (_, server) =>
      server.expose('x', { f: () => 1 }, { methods: { f: untyped({ arg: z.string() }) } }),
    'option methods.f.arg: there is no such option; did you mean args?',
  ],
  [(_, server) => server.expose('x', { f: () => 1 }, { methods: { g: {} } }), 'x has no method g'],
  [(_, server) => server.close(untyped(5)), 'option options: must be an object, not 5'],
  [
    (client) => client.call(untyped(undefined)),
    'a verb must be one that verb(number) makes, not undefined',
  ],
  [(client) => client.with(untyped({ timeout: 5 })), 'option timeout: there is no such option'],
  [
    (client) => client.with({ timeoutMs: NaN }).call(V, 1),
    'must be a number of milliseconds, not NaN',
  ],
  [
    (client) => client.with({ timeoutMs: untyped('5') }),
    'must be a number of milliseconds, not "5"',
  ],
  [
    (client) => client.with({ signal: untyped(new AbortController()) }),
    'must be an AbortSignal, not an AbortController',
  ],
  [(client) => client.api('x', untyped({ timeout: 5 })), 'option timeout: there is no such option'],
  [(client) => client.api('x', untyped(null)), 'option options: must be an object, not null'],
  [
    (client) => client.api('x', { interceptors: untyped(() => {}) }),
    'must be an array of functions, not a function',
  ],
  [(client) => client.api('x', { timeoutMs: NaN }), 'must be a number of milliseconds, not NaN'],
  [(client) => client.api('x', { policy: untyped({}) }), 'must be a policy with a method execute'],
  [
    (client) => client.api('x', { shared: untyped({}) }),
    'option shared: must be a Map, not an object',
  ],
  [
    (client) => client.api('x', { schemas: { f: untyped({ results: z.string() }) } }),
    'option schemas.f.results: there is no such option; did you mean result?',
  ],
  [(client) => client.makeStreamSink(untyped({ serialiser: {} })), 'did you mean serializer?'],
  [
    (client) => client.makeStreamSink({ serializer: untyped('raw') }),
    'must be a serializer such as',
  ],
  [(client) => client.whenReady({ timeoutMs: NaN }), 'must be a number of milliseconds, not NaN'],
  [(client) => client.close(untyped({ grace: 5 })), 'option grace: there is no such option'],
];

/** What a caller without types may pass. */
function untyped(value: unknown): never {
  return value as never;
}

describe('misuse', () => {
  refusing('what connect is given', CLIENT, (given) => connect(given as ClientOptions));
  refusing('what createClient is given', CLIENT, (given) => createClient(given as ClientOptions));
  refusing('what listen is given', SERVER, (given) => listen(given as ServerOptions));

  const verbs: Refusals = [
    [{ args: [] }, 'option args: must be a serializer such as bson or packed(i32), not an array'],
    [{ result: 'i32' }, 'option result: must be a serializer such as'],
    [{ nowait: true }, 'option nowait: there is no such option; did you mean noWait?'],
    [5, 'option options: must be an object, not 5'],
  ];
  refusing('what verb is given', verbs, (given) => verb(9, given as object));

  const streams: Refusals = [
    [{ batch: 5 }, 'option batch: there is no such option'],
    [{ batchSize: '5' }, 'option batchSize: must be a whole number from 1 to 1024, not "5"'],
    [{ serializer: 'raw' }, 'option serializer: must be a serializer such as'],
  ];
  refusing('what stream is given', streams, (given) => stream([1], given as object));

  const blobs: Refusals = [
    [{ chunkSize: 5 }, 'option chunkSize: there is no such option'],
    [{ checksum: 'md5' }, 'option checksum: must be none, sha256 or crc32, not "md5"'],
    [{ onProgress: 5 }, 'option onProgress: must be a function, not 5'],
    [{ signal: {} }, 'option signal: must be an AbortSignal, not an object'],
  ];
  refusing('what blobOf is given', blobs, (given) => blobOf(new Uint8Array(1), given as object));
  refusing('what fileBlob is given', blobs, (given) => fileBlob('x', given as object));

  it('of the methods of a client and a server is refused with what they take and got', async () => {
    await withServer(async ({ client, server }) => {
      for (const [attempt, text] of METHODS) {
        expect(await refusal(() => attempt(client, server))).to.contain(text);
      }
      // Nothing of it was done.
      expect(server.hasHandlers).to.equal(false);
      expect(client.state).to.equal('connected');
    });
  });

  it('reads each option once, so that none is judged as one value and used as another', async () => {
    await withServer(async ({ server }) => {
      const counts = new Map<PropertyKey, number>();
      const given = new Proxy(
        { host: '127.0.0.1', port: server.address.port, token: 'a' },
        {
          get: (target, name, receiver): unknown => {
            counts.set(name, (counts.get(name) ?? 0) + 1);
            return Reflect.get(target, name, receiver);
          },
        },
      );
      const client = await connect(given);
      await client.abort();
      expect(counts.get('token')).to.equal(1);
      expect(Math.max(...counts.values())).to.equal(1);
    });
  });

  it('a schema for a method that the server does not have is refused before anything is sent', async () => {
    await withServer(async ({ client, server }) => {
      const called: string[] = [];
      server.expose('x', { get: (key: string) => called.push(key) });
      const call = (path: string): unknown => {
        const schemas = { [path]: { args: z.tuple([z.string()]) } };
        return client.api<{ get(key: string): number }>('x', { schemas }).get('a');
      };
      expect(await refusal(() => call('gett'))).to.match(/^option schemas: x has no method gett/);
      expect(called).to.deep.equal([]);
      expect(await call('get')).to.equal(1);
    });
  });

  it('expose and handle after close or abort are refused', async () => {
    for (const end of ['close', 'abort'] as const) {
      await withServer(async ({ server }) => {
        const ended = server[end]();
        expect(await refusal(() => server.handle(V, (_, n) => n))).to.match(/handle after the/);
        expect(await refusal(() => server.expose('x', { f: () => 1 }))).to.match(/expose after/);
        await ended;
      });
    }
  });

  it('a call whose time was over when it was made is not retryable', async () => {
    await withServer(async ({ client }) => {
      const over = client.with({ timeoutMs: -1 }).call(V, 1);
      const error: unknown = await over.catch((reason: unknown) => reason);
      expect(error).to.include({ code: 'ERR_TIMEOUT', retryable: false });
    });
  });

  it('a result that can not be sent is told as a result, with its verb or method', async () => {
    await withServer(async ({ client, server }) => {
      server.handle(V, () => untyped({ f: () => 1 }));
      server.expose('store', { get: () => [() => 1] });
      const said = async (call: PromiseLike<unknown>): Promise<unknown> =>
        Promise.resolve(call).catch((error: unknown) => (error as Error).message);
      expect(await said(client.call(V, 1))).to.equal(
        "the result of verb 1: [0].f: a function can't be sent",
      );
      expect(await said(client.api<{ get(): number }>('store').get())).to.equal(
        "the result of store/get: [0][0]: a function can't be sent",
      );
      expect(
        await said(
          client.call(
            V,
            untyped(() => 1),
          ),
        ),
      ).to.equal("[0]: a function can't be sent");
    });
  });

  it('to connect to an HTTP server shows what it says', async () => {
    const http = createServer();
    await once(http.listen(0, HERE.host), 'listening');
    const { port } = http.address() as AddressInfo;
    const refused = await rejectionOf(connect({ host: HERE.host, port }));
    expect(refused.code).to.equal('ERR_PROTOCOL');
    expect(refused.retryable).to.equal(false);
    expect(refused.message).to.contain('; this looks like HTTP: "HTTP/1.1 400 Bad Request"');
    await new Promise((resolve) => http.close(resolve));
  });
});
