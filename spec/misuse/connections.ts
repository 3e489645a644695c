import {
  type ClientOptions,
  connect,
  createClient,
  listen,
  type ServerOptions,
} from '../../lib/index.ts';
import { lz4 } from '../../lib/compression.ts';
import { type Misuse, type MisusedFunction, noOptions, option } from './rows.ts';

const HERE = { host: '127.0.0.1', port: 1 };
const NO_PORT = 'must be a name or an IP address without a port, not ';
const A_COMPRESSOR = 'must be what a compressor such as lz4() gives, not ';
const PEM = 'must be the content of a PEM file, not its path';

/** The options that both ends have. */
function common(caller: string): Misuse[] {
  const wrong = (given: object, name: string, problem: string): Misuse =>
    option(caller, { ...HERE, ...given }, name, problem);
  const minPort = caller === 'listen' ? 0 : 1;
  const aPort = `must be a whole number from ${minPort} to 65535, not `;
  return [
    ...noOptions(caller),
    option(caller, undefined, 'options', 'must be an object, not undefined'),
    option(caller, {}, 'port', 'a port or a path is required'),
    option(caller, { path: '/tmp/a\0b' }, 'path', 'must not contain U+0000'),
    option(caller, { ...HERE, path: '/tmp/a' }, 'path', 'excludes host and port'),
    wrong({ port: '35323' }, 'port', `${aPort}"35323"`),
    wrong({ port: 65_536 }, 'port', `${aPort}65536`),
    wrong({ host: 'localhost:80' }, 'host', `${NO_PORT}"localhost:80"`),
    wrong({ host: 'http://localhost' }, 'host', `${NO_PORT}"http://localhost"`),
    wrong({ host: 5 }, 'host', 'must be a string, not 5'),
    wrong({ tls: false }, 'tls', "must be true or an object of Node's TLS options, not false"),
    wrong({ tls: { cert: '/etc/x.pem', key: 'k' } }, 'tls.cert', PEM),
    wrong({ tls: { cert: 'c', key: './x.key' } }, 'tls.key', PEM),
    wrong({ tls: { cert: 'c', key: 'k', ca: ['ca.crt'] } }, 'tls.ca', PEM),
    wrong(
      { serializer: 'json' },
      'serializer',
      'must be a serializer such as bson or packed(i32), not "json"',
    ),
    wrong({ compression: 'lz4' }, 'compression', `${A_COMPRESSOR}"lz4"`),
    wrong({ compression: lz4 }, 'compression', `${A_COMPRESSOR}a function`),
    wrong({ logger: 'info' }, 'logger', 'must be a Logger, not "info"'),
    wrong(
      { interceptors: () => 1 },
      'interceptors',
      'must be an array of functions, not a function',
    ),
    wrong(
      { interceptors: [5] },
      'interceptors',
      'must be an array of functions, but member 0 must be a function, not 5',
    ),
    wrong({ limits: 5 }, 'limits', 'must be an object, not 5'),
    wrong({ limits: { maxChilds: 5 } }, 'limits.maxChilds', 'there is no such option'),
    wrong({ compatibility: { isFast: true } }, 'compatibility.isFast', 'there is no such option'),
    wrong({ extension: 'yes' }, 'extension', 'must be true or false, not "yes"'),
    wrong({ name: '' }, 'name', 'must have from 1 to 256 bytes, not 0'),
    wrong({ timeout: 5 }, 'timeout', 'there is no such option'),
    wrong({ clock: Date }, 'clock', 'must be a Clock, not a function'),
  ];
}

function ofClients(caller: string): Misuse[] {
  const wrong = (given: object, name: string, problem: string): Misuse =>
    option(caller, { ...HERE, ...given }, name, problem);
  return [
    ...common(caller),
    wrong(
      { signal: new AbortController() },
      'signal',
      'must be an AbortSignal, not an AbortController',
    ),
    wrong({ policy: {} }, 'policy', 'must be a policy with a method execute, not an object'),
    wrong({ token: 5 }, 'token', 'must be a string or a function that gives one, not 5'),
    wrong({ connectTimeoutMs: NaN }, 'connectTimeoutMs', 'must be a number from 0 on, not NaN'),
    wrong({ connectTimeoutMs: '5' }, 'connectTimeoutMs', 'must be a number from 0 on, not "5"'),
    wrong({ authorize: () => true }, 'authorize', 'there is no such option'),
  ];
}

function ofServers(caller: string): Misuse[] {
  const wrong = (given: object, name: string, problem: string): Misuse =>
    option(caller, { ...HERE, ...given }, name, problem);
  return [
    ...common(caller),
    wrong({ authorise: () => 1 }, 'authorise', 'there is no such option; did you mean authorize?'),
    wrong({ authenticate: true }, 'authenticate', 'must be a function, not true'),
    wrong({ authorize: 'all' }, 'authorize', 'must be a function, not "all"'),
    wrong({ errorText: class {} }, 'errorText', 'must be a function, not a class'),
    wrong({ governance: 5 }, 'governance', 'must be an object, not 5'),
    wrong(
      { governance: { maxConcurrent: 5 } },
      'governance.maxConcurrent',
      'there is no such option',
    ),
    wrong(
      { governance: { callsPerSecond: 0 } },
      'governance.callsPerSecond',
      'must be a number above 0, not 0',
    ),
    wrong(
      { governance: { perConnection: 5 } },
      'governance.perConnection',
      'must be an object, not 5',
    ),
    wrong({ resources: { maxBytes: 5 } }, 'resources.maxBytes', 'there is no such option'),
    wrong({ maxConnections: '5' }, 'maxConnections', 'must be a whole number from 1 on, not "5"'),
    wrong({ shard: 65_535 }, 'shard', 'must be a whole number from 0 to 65534, not 65535'),
  ];
}

export const CONNECTIONS: readonly MisusedFunction[] = [
  {
    of: 'connect',
    misuses: ofClients('connect'),
    attempt: (given: ClientOptions) => connect(given),
  },
  {
    of: 'createClient',
    misuses: ofClients('createClient'),
    attempt: (given: ClientOptions) => createClient(given),
  },
  { of: 'listen', misuses: ofServers('listen'), attempt: (given: ServerOptions) => listen(given) },
];
