import { lz4, lz4Fragmented, multiCompressor, zstd } from '../../lib/compression.ts';
import { MetricsRegistry } from '../../lib/diagnostics.ts';
import { type Status, StatusError } from '../../lib/index.ts';
import {
  array,
  createBson,
  createShaped,
  map,
  type Member,
  nullable,
  optional,
  packed,
  record,
  shaped,
  sinkOf,
  sourceOf,
  string,
  tuple,
} from '../../lib/layout.ts';
import {
  advance,
  createTestPair,
  ManualClock,
  MemoryTransport,
  runUntil,
  settle,
} from '../../lib/testing.ts';
import {
  type Misuse,
  type MisusedFunction,
  misuse,
  noOptions,
  noTexts,
  noThings,
  option,
  unreadable,
  wrongOption,
} from './rows.ts';

const CLOCK = new ManualClock();
const LATENCY = 'a number from 0 on';
const BSON_TYPE = 'type of BSON, such as i32, string or record({…})';

function ofBson(caller: string): Misuse[] {
  return [
    ...noOptions(caller),
    ...wrongOption(caller, 'maxDepth', 'a whole number from 1 to 1000', [
      ['5', '"5"'],
      [0, '0'],
    ]),
    ...wrongOption(caller, 'maxKeys', 'a whole number from 1 to 16777216', [[NaN, 'NaN']]),
    option(
      caller,
      { refuseKeys: '$where' },
      'refuseKeys',
      'must be an array of up to 64 names, not "$where"',
    ),
  ];
}

function ofLz4(caller: string): Misuse[] {
  const codec = 'gave no codec: it must be an object with compressSync and uncompressSync, not ';
  return [
    ...noOptions(caller),
    ...wrongOption(caller, 'load', 'a function', [['lz4-napi', '"lz4-napi"']]),
    option(caller, { load: () => ({}) }, 'load', `${codec}an object`),
  ];
}

/** What is no member of a packed layout. */
function noMembers(caller: string, index = 0): Misuse[] {
  const text = (shown: string): string =>
    `${caller}: member ${index} is not a member such as i32 or string, but ${shown}`;
  return noThings(text, [{}, 'an object'], [unreadable(), 'an object']);
}

function noClocks(caller: string): Misuse[] {
  const text = (shown: string): string => `${caller}: clock must be a ManualClock, not ${shown}`;
  return noThings(text, [{}, 'an object']);
}

type AnyMember = Member<unknown>;

export const VALUES: readonly MisusedFunction[] = [
  { of: 'lz4', misuses: ofLz4('lz4'), attempt: (given: object) => lz4(given) },
  {
    of: 'lz4Fragmented',
    misuses: ofLz4('lz4Fragmented'),
    attempt: (given: object) => lz4Fragmented(given),
  },
  {
    of: 'zstd',
    misuses: [
      ...noOptions('zstd'),
      ...wrongOption('zstd', 'level', 'a whole number from 1 to 22', [
        [23, '23'],
        ['3', '"3"'],
      ]),
      ...wrongOption('zstd', 'load', 'a function', [['zlib', '"zlib"']]),
    ],
    attempt: (given: object) => zstd(given),
  },
  {
    of: 'multiCompressor',
    misuses: noThings(
      (shown) =>
        `multiCompressor: each factory must be what a compressor such as lz4() gives, not ${shown}`,
      [{}, 'an object'],
      [lz4, 'a function'],
    ),
    attempt: (given: ReturnType<typeof lz4>) => multiCompressor(lz4(), given),
  },
  {
    of: 'createBson',
    misuses: ofBson('createBson'),
    attempt: (given: object) => createBson(given),
  },
  {
    of: 'createShaped',
    misuses: ofBson('createShaped'),
    attempt: (given: object) => createShaped(given),
  },
  {
    of: 'packed',
    misuses: noMembers('packed'),
    attempt: (given: AnyMember) => packed(given),
  },
  { of: 'tuple', misuses: noMembers('tuple'), attempt: (given: AnyMember) => tuple(given) },
  { of: 'array', misuses: noMembers('array'), attempt: (given: never) => array(given) },
  { of: 'optional', misuses: noMembers('optional'), attempt: (given: never) => optional(given) },
  { of: 'sinkOf', misuses: noMembers('sinkOf'), attempt: (given: never) => sinkOf(given) },
  { of: 'sourceOf', misuses: noMembers('sourceOf'), attempt: (given: never) => sourceOf(given) },
  { of: 'map', misuses: noMembers('map', 1), attempt: (given: never) => map(string, given) },
  {
    of: 'nullable',
    misuses: noThings((shown) => `nullable takes a ${BSON_TYPE}, not ${shown}`),
    attempt: (given: never) => nullable(given),
  },
  {
    of: 'shaped',
    misuses: noThings((shown) => `shaped: member 0 is no ${BSON_TYPE}, but ${shown}`),
    attempt: (given: never) => shaped(given),
  },
  {
    of: 'record',
    misuses: noThings((shown) => `record: field "a" is no ${BSON_TYPE}, but ${shown}`),
    attempt: (given: never) => record({ a: given }),
  },
  {
    of: 'StatusError (status)',
    misuses: noStatuses(),
    attempt: (given: Status) => throwing(new StatusError(given, 'text')),
  },
  {
    of: 'StatusError',
    misuses: ofStatusErrors(),
    attempt: (given: object) => throwing(new StatusError('internal', 'text', given)),
  },
  {
    of: 'MetricsRegistry.add (domain)',
    misuses: noTexts((shown) => `MetricsRegistry.add: domain must be a string, not ${shown}`),
    attempt: (given: string) => new MetricsRegistry().add(given, {} as never),
  },
  {
    of: 'createTestPair',
    misuses: [
      ...noOptions('createTestPair'),
      ...wrongOption('createTestPair', 'server', 'an object', [[5, '5']]),
      ...wrongOption('createTestPair', 'client', 'an object', [['text', '"text"']]),
      ...wrongOption('createTestPair', 'latencyMs', LATENCY, [
        [-1, '-1'],
        ['5', '"5"'],
      ]),
    ],
    attempt: (given: object) => createTestPair(given),
  },
  {
    of: 'testPair.connect',
    misuses: noOptions('testPair.connect'),
    attempt: async (given: object) => {
      await using pair = await createTestPair();
      await pair.connect(given);
    },
  },
  {
    of: 'MemoryTransport',
    misuses: [
      ...noOptions('MemoryTransport'),
      ...wrongOption('MemoryTransport', 'clock', 'a Clock', [[Date, 'a function']]),
      ...wrongOption('MemoryTransport', 'latencyMs', LATENCY, [[NaN, 'NaN']], { clock: CLOCK }),
      ...wrongOption('MemoryTransport', 'faults', 'a function', [[[], 'an array']], {
        clock: CLOCK,
      }),
      misuse({}, 'MemoryTransport: the option clock must be a Clock, not undefined'),
    ],
    attempt: (given: { clock: ManualClock }) => throwing(new MemoryTransport(given)),
  },
  {
    of: 'ManualClock',
    misuses: noThings(
      (shown) => `ManualClock: turns must be an object with defer and yield, not ${shown}`,
    ),
    attempt: (given: ManualClock) => throwing(new ManualClock(given)),
  },
  {
    of: 'advance',
    misuses: noClocks('advance'),
    attempt: (given: ManualClock) => advance(given, 1),
  },
  { of: 'settle', misuses: noClocks('settle'), attempt: (given: ManualClock) => settle(given) },
  {
    of: 'runUntil',
    misuses: noClocks('runUntil'),
    attempt: (given: ManualClock) => runUntil(given, Promise.resolve()),
  },
];

/** The value is not wanted; making it is to throw. */
function throwing(made: object): void {
  void made;
}

function noStatuses(): Misuse[] {
  const none: [unknown, string][] = [
    [null, 'null'],
    [undefined, 'undefined'],
    [5, '5'],
    [5n, '5'],
    [true, 'true'],
    [NaN, 'NaN'],
    ['', ''],
    ['Internal', 'Internal'],
    ['INTERNAL', 'INTERNAL'],
    ['not found', 'not found'],
    ['ok', 'ok'],
    [{}, '[object Object]'],
    [Symbol('s'), 'Symbol(s)'],
  ];
  return none.map(([status, shown]) => misuse(status, `there is no status "${shown}"`));
}

function ofStatusErrors(): Misuse[] {
  const none = [null, 'text', 5, NaN, true, 5n, Symbol('s'), () => 1];
  const wrong: [object, string][] = [
    [[], 'options must be an object, not '],
    [unreadable(), 'options can not be read'],
    [{ qqqqqq: 1 }, 'there is no option qqqqqq'],
    [{ toString: 1 }, 'there is no option toString'],
    [{ code: true }, 'code must be a string or a number, not true'],
    [{ retryable: 'yes' }, 'retryable must be true or false, not yes'],
    [{ retryAfterMs: -1 }, 'retryAfterMs must be a number from 0 on, not -1'],
    [{ retryAfterMs: '5' }, 'retryAfterMs must be a number from 0 on, not 5'],
  ];
  return [
    ...none.map((given) =>
      misuse(given, `StatusError: options must be an object, not ${String(given)}`),
    ),
    ...wrong.map(([given, problem]) => misuse(given, `StatusError: ${problem}`)),
  ];
}
