import type { Client } from '../../lib/api/client.ts';
import type { Server } from '../../lib/api/server.ts';
import type { RemoteStream } from '../../lib/types/value-stream.ts';
import type { Sink, Source } from '../../lib/types/sink-source.ts';

/** One wrong input of a public function, and the error with which it is refused. */
export interface Misuse {
  readonly given: unknown;
  /** The name of the error's class. */
  readonly error: 'OptionError' | 'MisuseError' | 'SerializationError' | 'RangeError';
  /** The whole message. */
  readonly text: string;
}

/** What an attempt may need. All of it is open, and has to be so afterwards. */
export interface World {
  readonly client: Client;
  readonly server: Server;
  readonly sink: Sink<[Uint8Array]>;
  readonly source: Source;
  readonly remote: RemoteStream<unknown>;
}

/** A public function that takes options or handlers, and its wrong inputs. */
export interface MisusedFunction {
  /** The name as users write it, and the argument if it is not the options. */
  readonly of: string;
  readonly misuses: readonly Misuse[];
  attempt(given: never, world: World): unknown;
}

type Shown = readonly (readonly [given: unknown, shown: string])[];

/** Values that are neither objects nor functions, with their names in errors. */
const SCALARS: Shown = [
  [null, 'null'],
  ['text', '"text"'],
  [5, '5'],
  [NaN, 'NaN'],
  [true, 'true'],
  [5n, '5n'],
  [Symbol('s'), 'a symbol'],
];

const CONTAINERS: Shown = [
  [[], 'an array'],
  [new Map(), 'a Map'],
  [new Set(), 'a Set'],
  [Promise.resolve({}), 'a Promise'],
];

const FUNCTIONS: Shown = [
  [() => 1, 'a function'],
  [class {}, 'a class'],
];

/** An object that refuses every touch. */
export function unreadable(): object {
  return new Proxy({}, UNREADABLE);
}

const fail = (): never => {
  throw new Error('not for you');
};
const UNREADABLE: ProxyHandler<object> = {
  get: fail,
  has: fail,
  ownKeys: fail,
  getPrototypeOf: fail,
  getOwnPropertyDescriptor: fail,
};

/** Whatever can't be the options of any function. */
export function noOptions(caller: string): Misuse[] {
  return [
    ...[...SCALARS, ...CONTAINERS, ...FUNCTIONS].map(([given, shown]) =>
      option(caller, given, 'options', `must be an object, not ${shown}`),
    ),
    option(caller, unreadable(), 'options', 'can not be read'),
    option(caller, { qqqqqq: 1 }, 'qqqqqq', 'there is no such option'),
  ];
}

/** Whatever is no function that can be called. */
export function noFunctions(text: (shown: string) => string): Misuse[] {
  const [, aClass] = FUNCTIONS;
  const all = [...SCALARS, ...CONTAINERS, ...(aClass === undefined ? [] : [aClass])];
  const more: Shown = [
    [undefined, 'undefined'],
    [{}, 'an object'],
  ];
  return [...all, ...more].map(([given, shown]) => misuse(given, text(shown)));
}

/** Whatever is no object with the methods that are asked for. */
export function noThings(text: (shown: string) => string, ...more: Shown): Misuse[] {
  return [...SCALARS, ...CONTAINERS, ...FUNCTIONS, ...more].map(([given, shown]) =>
    misuse(given, text(shown)),
  );
}

/** Whatever is no text. */
export function noTexts(text: (shown: string) => string): Misuse[] {
  const none = SCALARS.filter(([given]) => typeof given !== 'string');
  return [...none, ...CONTAINERS, ...FUNCTIONS].map(([given, shown]) => misuse(given, text(shown)));
}

/** Wrong values of one option among right ones. */
export function wrongOption(
  caller: string,
  name: string,
  takes: string,
  values: Shown,
  others: object = {},
): Misuse[] {
  return values.map(([given, shown]) =>
    option(caller, { ...others, [name]: given }, name, `must be ${takes}, not ${shown}`),
  );
}

/** The wrong options of a wait, in addition to those of any function. */
export function wrongWaits(caller: string): Misuse[] {
  return [
    ...wrongOption(caller, 'timeoutMs', 'a number of milliseconds', NO_TIMES),
    ...wrongOption(caller, 'signal', 'an AbortSignal', SIGNALS),
  ];
}

/** What `timeoutMs` does not take. Time below 0 is over at once. */
const NO_TIMES: Shown = [
  [NaN, 'NaN'],
  ['5', '"5"'],
  [5n, '5n'],
];

/** What other times do not take. */
export const TIMES: Shown = [...NO_TIMES, [-1, '-1']];

/** What `signal` does not take. */
export const SIGNALS: Shown = [
  [new AbortController(), 'an AbortController'],
  [{ aborted: true }, 'an object'],
  ['abort', '"abort"'],
];

export function option(caller: string, given: unknown, name: string, problem: string): Misuse {
  return { given, error: 'OptionError', text: `${caller}: option ${name}: ${problem}` };
}

export function misuse(given: unknown, text: string): Misuse {
  return { given, error: 'MisuseError', text };
}
