import { Group, stream, type Verb, verb } from '../../lib/index.ts';
import { i32 } from '../../lib/layout.ts';
import { z } from 'zod';
import {
  type Misuse,
  type MisusedFunction,
  misuse,
  noFunctions,
  noOptions,
  noTexts,
  noThings,
  option,
  TIMES,
  unreadable,
  wrongOption,
  wrongWaits,
} from './rows.ts';

const V: Verb<(n: number) => number> = verb(7_001);
const A_SERIALIZER = 'a serializer such as bson or packed(i32)';
const AN_AMOUNT = 'a number from 0 on';

function noVerbs(caller: string): Misuse[] {
  const text = (shown: string): string =>
    `${caller}: a verb must be one that verb(number) makes, not ${shown}`;
  return noThings(
    text,
    [undefined, 'undefined'],
    [{}, 'an object'],
    [{ number: 7 }, 'an object'],
    [unreadable(), 'an object'],
  );
}

function ofApi(caller: string): Misuse[] {
  return [
    ...noOptions(caller),
    ...wrongWaits(caller),
    ...wrongOption(caller, 'streamTimeoutMs', AN_AMOUNT, TIMES),
    ...wrongOption(caller, 'interceptors', 'an array of functions', [[() => 1, 'a function']]),
    ...wrongOption(caller, 'onSend', 'a function', [[{}, 'an object']]),
    ...wrongOption(caller, 'shared', 'a Map', [[{}, 'an object']]),
    ...wrongOption(caller, 'policy', 'a policy with a method execute', [[{}, 'an object']]),
    ...wrongOption(caller, 'schemas', 'an object', [[[], 'an array']]),
    ...wrongOption(caller, 'metadata', 'an object or a function that gives one', [
      ['a=b', '"a=b"'],
    ]),
    option(
      caller,
      { schemas: { f: { results: z.string() } } },
      'schemas.f.results',
      'there is no such option; did you mean result?',
    ),
  ];
}

const EXPOSE = 'server.expose';
const ofExpose: Misuse[] = [
  ...noOptions(EXPOSE),
  option(EXPOSE, { contexts: true }, 'contexts', 'there is no such option; did you mean context?'),
  ...wrongOption(EXPOSE, 'only', 'an array of strings', [['f', '"f"']]),
  ...wrongOption(EXPOSE, 'group', 'a Group', [['fast', '"fast"']]),
  ...wrongOption(EXPOSE, 'context', 'true or false', [[1, '1']]),
  ...wrongOption(EXPOSE, 'methods', 'an object', [['f', '"f"']]),
  option(
    EXPOSE,
    { methods: { f: { arg: z.string() } } },
    'methods.f.arg',
    'there is no such option; did you mean args?',
  ),
];

export const CALLS: readonly MisusedFunction[] = [
  {
    of: 'verb',
    misuses: [
      ...noOptions('verb'),
      ...wrongOption('verb', 'args', A_SERIALIZER, [[[i32], 'an array']]),
      ...wrongOption('verb', 'result', A_SERIALIZER, [['i32', '"i32"']]),
      option('verb', { nowait: true }, 'nowait', 'there is no such option; did you mean noWait?'),
    ],
    attempt: (given: object) => verb(9, given),
  },
  {
    of: 'verb (number)',
    misuses: noVerbNumbers(),
    attempt: (given: number) => verb(given),
  },
  {
    of: 'client.call (verb)',
    misuses: noVerbs('client.call'),
    attempt: (given: typeof V, { client }) => client.call(given, 1),
  },
  {
    of: 'client.with',
    misuses: [...noOptions('client.with'), ...wrongWaits('client.with')],
    attempt: (given: object, { client }) => client.with(given),
  },
  {
    of: 'client.api',
    misuses: ofApi('client.api'),
    attempt: (given: object, { client }) => client.api('service', given),
  },
  {
    of: 'client.api (name)',
    misuses: [
      ...noTexts((shown) => `a service can't be named ${shown}: a name is a string`),
      misuse('', 'a service can\'t be named "": a name is not empty'),
      misuse('a/b', 'a service can\'t be named "a/b": it contains "/"'),
    ],
    attempt: (given: string, { client }) => client.api(given),
  },
  {
    of: 'client.whenReady',
    misuses: [...noOptions('connecting'), ...wrongWaits('connecting')],
    attempt: (given: object, { client }) => client.whenReady(given),
  },
  {
    of: 'client.makeStreamSink',
    misuses: [
      ...noOptions('client.makeStreamSink'),
      ...wrongWaits('client.makeStreamSink'),
      ...wrongOption('client.makeStreamSink', 'serializer', A_SERIALIZER, [['raw', '"raw"']]),
    ],
    attempt: (given: object, { client }) => client.makeStreamSink(given),
  },
  {
    of: 'client.close',
    misuses: [
      ...noOptions('client.close'),
      ...wrongOption('client.close', 'graceMs', AN_AMOUNT, TIMES),
    ],
    attempt: (given: object, { client }) => client.close(given),
  },
  {
    of: 'client.logger',
    misuses: noThings((shown) => `client: logger must be a Logger, not ${shown}`),
    attempt: (given: Console, { client }) => void (client.logger = given),
  },
  {
    of: 'server.handle',
    misuses: [
      ...noOptions('server.handle'),
      ...wrongOption('server.handle', 'group', 'a Group', [['fast', '"fast"']]),
      ...wrongOption('server.handle', 'maxConcurrent', 'a whole number from 1 on', [
        ['5', '"5"'],
        [0, '0'],
      ]),
      option(
        'server.handle',
        { maxConcurent: 1 },
        'maxConcurent',
        'there is no such option; did you mean maxConcurrent?',
      ),
    ],
    attempt: (given: object, { server }) => server.handle(V, (_context, n) => n, given),
  },
  {
    of: 'server.handle (handler)',
    misuses: noFunctions((shown) => `server.handle: a handler must be a function, not ${shown}`),
    attempt: (given: () => number, { server }) => server.handle(V, given),
  },
  {
    of: 'server.handle (verb)',
    misuses: noVerbs('server.handle'),
    attempt: (given: typeof V, { server }) => server.handle(given, () => 1),
  },
  {
    of: 'server.unhandle (verb)',
    misuses: noVerbs('server.unhandle'),
    attempt: (given: typeof V, { server }) => server.unhandle(given),
  },
  {
    of: 'server.hasHandler (verb)',
    misuses: noVerbs('server.hasHandler'),
    attempt: (given: typeof V, { server }) => server.hasHandler(given),
  },
  {
    of: 'server.expose',
    misuses: ofExpose,
    attempt: (given: object, { server }) => server.expose('x', { f: () => 1 }, given),
  },
  {
    of: 'server.expose (object)',
    misuses: [
      ...noObjects(),
      misuse({}, 'x has no methods to expose'),
      misuse(
        { a: { bind: () => 1 } },
        'no client can call a.bind: there "bind" means something else',
      ),
    ],
    attempt: (given: object, { server }) => server.expose('x', given),
  },
  {
    of: 'server.close',
    misuses: [
      ...noOptions('server.close'),
      ...wrongOption('server.close', 'graceMs', AN_AMOUNT, TIMES),
    ],
    attempt: (given: object, { server }) => server.close(given),
  },
  {
    of: 'server.abortConnection (id)',
    misuses: noIds(),
    attempt: (given: bigint, { server }) => server.abortConnection(given),
  },
  {
    of: 'server.logger',
    misuses: noThings((shown) => `server: logger must be a Logger, not ${shown}`),
    attempt: (given: Console, { server }) => void (server.logger = given),
  },
  {
    of: 'server.reloadTls',
    misuses: [
      ...noThings((shown) => `server.reloadTls: options must be an object, not ${shown}`),
      misuse(undefined, 'server.reloadTls: options must be an object, not undefined'),
      misuse({ cert: 'c', key: 'k' }, 'this listener has no TLS'),
    ],
    attempt: (given: object, { server }) => server.reloadTls(given),
  },
  {
    of: 'Group',
    misuses: [...noTexts((shown) => `Group: name must be a string, not ${shown}`)],
    attempt: (given: string) => new Group(given),
  },
  {
    of: 'stream',
    misuses: [
      ...noOptions('stream'),
      ...wrongOption('stream', 'serializer', A_SERIALIZER, [['raw', '"raw"']]),
      ...wrongOption('stream', 'batchSize', 'a whole number from 1 to 1024', [
        ['5', '"5"'],
        [0, '0'],
      ]),
      ...wrongOption('stream', 'sendTimeoutMs', AN_AMOUNT, TIMES),
      ...wrongOption('stream', 'realTime', "true, false or 'if-possible'", [
        ['yes', '"yes"'],
        [1, '1'],
      ]),
      ...wrongOption('stream', 'canSkipTo', 'a function', [[true, 'true']]),
      option('stream', { canSkipTo: () => true }, 'canSkipTo', 'needs realTime'),
      option(
        'stream',
        { realTime: true, resumable: { windowItems: 5 } },
        'resumable.windowItems',
        "can't be set with realTime: 61 items and 262144 bytes are in flight",
      ),
      option('stream', { batch: 5 }, 'batch', 'there is no such option'),
      ...wrongOption('stream', 'resumable', "true, false, 'if-possible' or an object", [
        ['always', '"always"'],
        [1, '1'],
        [[], 'an array'],
      ]),
      ...wrongOption('stream', 'checksum', "'none' or 'crc32'", [['sha256', '"sha256"']]),
      option('stream', { checksum: 'crc32' }, 'checksum', 'only a resumable stream has one'),
    ],
    attempt: (given: object) => stream([1], given),
  },
  {
    of: 'stream (resumable)',
    misuses: [
      ...wrongOption('stream', 'resumable.windowBytes', 'a whole number from 1 on', [
        [0, '0'],
        ['1', '"1"'],
      ]),
      ...wrongOption('stream', 'resumable.windowItems', 'a whole number from 1 to 4294967295', [
        [0, '0'],
        [Infinity, 'Infinity'],
      ]),
      ...wrongOption('stream', 'resumable.bufferSize', 'a whole number from 1 to 4294967295', [
        [-1, '-1'],
        [2 ** 32, '4294967296'],
      ]),
      ...wrongOption('stream', 'resumable.ackPeriod', 'a whole number from 1 to 4294967295', [
        [1.5, '1.5'],
      ]),
      ...wrongOption('stream', 'resumable.ack', "'auto' or 'manual'", [['never', '"never"']]),
      ...wrongOption('stream', 'resumable.copy', 'true or false', [[1, '1']]),
      ...wrongOption('stream', 'resumable.onBuffered', 'a function', [[5, '5']]),
      ...wrongOption('stream', 'resumable.onAckProcessed', 'a function', [[{}, 'an object']]),
      option('stream', { 'resumable.window': 5 }, 'resumable.window', 'there is no such option'),
    ],
    attempt: (given: Record<string, unknown>) => {
      const own = Object.entries(given).map(([name, value]) => [
        name.slice('resumable.'.length),
        value,
      ]);
      return stream([1], { resumable: Object.fromEntries(own) as object });
    },
  },
  {
    of: 'stream (source)',
    misuses: noSources(),
    attempt: (given: number[]) => stream(given),
  },
  {
    of: 'sink.flush',
    misuses: [...noOptions('the flush'), ...wrongWaits('the flush')],
    attempt: (given: object, { sink }) => sink.flush(given),
  },
  {
    of: 'sink.closeAndConfirm',
    misuses: [...noOptions('the confirmation'), ...wrongWaits('the confirmation')],
    attempt: (given: object, { sink }) => sink.closeAndConfirm(given),
  },
  {
    of: 'source.read',
    misuses: [...noOptions('the read'), ...wrongWaits('the read')],
    attempt: (given: object, { source }) => source.read(given),
  },
  {
    of: 'source.readBatch',
    misuses: wrongBatches(),
    attempt: (given: object, { source }) => source.readBatch(given),
  },
  {
    of: 'source.readInto',
    misuses: [...noOptions('the read'), ...wrongWaits('the read')],
    attempt: (given: object, { source }) => source.readInto(Buffer.alloc(9), given),
  },
  {
    of: 'source.toReadable',
    misuses: [
      ...noOptions('toReadable'),
      ...wrongOption('toReadable', 'bytes', 'true or false', [[1, '1']]),
    ],
    attempt: (given: object, { source }) => source.toReadable(given),
  },
  {
    of: 'source.toReadableStream',
    misuses: [
      ...noOptions('toReadableStream'),
      ...wrongOption('toReadableStream', 'type', "'bytes'", [['byte', '"byte"']]),
    ],
    attempt: (given: object, { source }) => source.toReadableStream(given),
  },
  {
    of: 'source.makeSink',
    misuses: [
      ...noOptions('source.makeSink'),
      ...wrongOption('source.makeSink', 'serializer', A_SERIALIZER, [['raw', '"raw"']]),
    ],
    attempt: (given: object, { source }) => source.makeSink(given),
  },
  {
    of: 'remoteStream.read',
    misuses: [...noOptions('the read'), ...wrongWaits('the read')],
    attempt: (given: object, { remote }) => remote.read(given),
  },
  {
    of: 'remoteStream.readBatch',
    misuses: wrongBatches(),
    attempt: (given: object, { remote }) => remote.readBatch(given),
  },
  {
    of: 'remoteStream.readInto',
    misuses: [...noOptions('the read'), ...wrongWaits('the read')],
    attempt: (given: object, { remote }) => remote.readInto(Buffer.alloc(9), given),
  },
];

function wrongBatches(): Misuse[] {
  return [
    ...noOptions('the read'),
    ...wrongWaits('the read'),
    ...wrongOption('the read', 'max', 'a whole number from 1 on', [
      [0, '0'],
      [-1, '-1'],
      [1.5, '1.5'],
      [NaN, 'NaN'],
      ['5', '"5"'],
    ]),
  ];
}

function noVerbNumbers(): Misuse[] {
  const numbers: [unknown, string][] = [
    [undefined, 'undefined'],
    [null, 'null'],
    ['7', '"7"'],
    [[], 'an array'],
    [[7], 'an array'],
    [true, 'true'],
    [{}, 'an object'],
    [() => 7, 'a function'],
    [-1, '-1'],
    [-1n, '-1n'],
    [1.5, '1.5'],
    [NaN, 'NaN'],
    [2n ** 64n, '18446744073709551616n'],
  ];
  const takes = 'is no verb; it must be a whole number from 0 to 2^64-1';
  return numbers.map(([given, shown]) => option('verb', given, 'number', `${shown} ${takes}`));
}

function noObjects(): Misuse[] {
  const text = (shown: string): string => `x can't be exposed: it is no object but ${shown}`;
  const all = noThings(text, [unreadable(), 'an object']);
  return all.filter(({ text: said }) => !/an array|a Map|a Set|a Promise/.test(said));
}

function noIds(): Misuse[] {
  const text = (shown: string): string =>
    `server.abortConnection: id must be a bigint, not ${shown}`;
  return noThings(text).filter(({ given }) => typeof given !== 'bigint');
}

function noSources(): Misuse[] {
  const takes = 'a stream needs an iterable, a ReadableStream or a function that gives one, not ';
  const all = noThings(
    (shown) => takes + (shown === '"text"' ? 'a string' : shown),
    [{}, 'an object'],
    [unreadable(), 'an object'],
    [new String('text'), 'a String'],
    [new Date(), 'a Date'],
  );
  return all.filter(({ text }) => !/not (an array|a Map|a Set|a function)$/.test(text));
}
