const BYTES_HINT = 'send a Uint8Array of its bytes';

/** The advice for a value, by its name in `Object.prototype.toString`. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ['ArrayBuffer', BYTES_HINT],
  ['Error', 'send its name, message and code as fields'],
  ['Generator', 'send an array, or its items through a stream'],
  ['Promise', 'await it first'],
  ['RegExp', 'send a BSONRegExp, which keeps all flags'],
  ['Set', 'send an array'],
  ['SharedArrayBuffer', BYTES_HINT],
  ['URL', 'send its href'],
]);

/**
 * The reason why an object can't be a record; undefined if it can. js-bson would send any unknown
 * object as its enumerable fields. For most built-in objects these are none.
 */
export function whyUnsendable(value: object): string | undefined {
  const called = Object.prototype.toString.call(value);
  if (called !== '[object Object]') {
    const kind = called.slice('[object '.length, -1);
    const hint = ArrayBuffer.isView(value) ? BYTES_HINT : HINTS.get(kind);
    return refusal(`a value of ${kind}`, hint);
  }
  if (Symbol.iterator in value) return refusal('an iterable', 'send an array');
  if ('toBSON' in value && typeof value.toBSON === 'function') {
    return refusal('a value with toBSON', 'call it and send the result');
  }
  if ('_bsontype' in value && !Object.hasOwn(value, '_bsontype'))
    return refusal("a value of another version of js-bson's types");
  return undefined;
}

function refusal(what: string, hint?: string): string {
  return hint === undefined ? `${what} can't be sent` : `${what} can't be sent: ${hint}`;
}
