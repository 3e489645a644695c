import { createHook } from 'node:async_hooks';
import nodeCrypto from 'node:crypto';

import { currentMachine } from './machine.ts';
import { inWorlds, type MakeSubstitute, substitute } from './substitute.ts';

/** Work that Node does outside of the loop, by the name of its async resource, and in words. */
const OUTSIDE: ReadonlyMap<string, string> = new Map([
  ...named('files', ['FILEHANDLE', 'FSEVENTWRAP', 'FSREQCALLBACK', 'FSREQPROMISE', 'STATWATCHER']),
  ...named('sockets', ['TCPCONNECTWRAP', 'PIPECONNECTWRAP', 'TCPSERVERWRAP', 'UDPWRAP']),
  ...named('name servers', ['DNSCHANNEL', 'GETADDRINFOREQWRAP', 'GETNAMEINFOREQWRAP', 'QUERYWRAP']),
  ...named('processes', ['PROCESSWRAP', 'WORKER']),
  ...named('cryptography in threads', ['CIPHERREQUEST', 'HASHREQUEST', 'SIGNREQUEST']),
  ...named('timers', ['Timeout']),
]);

/** Their resources are those of their synchronous forms as well, which a world may use. */
const THREADED = [
  'checkPrime',
  'generateKey',
  'generateKeyPair',
  'generatePrime',
  'hkdf',
  'pbkdf2',
  'randomFill',
  'scrypt',
];

/** Promises are the most frequent resources, and none that is looked for. Older versions of Node ignore it. */
const UNTRACKED = Object.freeze({ trackPromises: false });

/**
 * Tells a world of all that its code begins and no seed repeats, whatever function of Node it was: files,
 * sockets, processes, and timers that were taken hold of before the world began.
 */
export function refuseOutside(): (() => void)[] {
  const hook = createHook({
    ...UNTRACKED,
    init: (_id, type) => {
      const used = OUTSIDE.get(type);
      if (used !== undefined) currentMachine()?.refuse(`${used} of the machine (${type})`);
    },
  });
  const restoreFetch = substitute(globalThis, {
    fetch: inWorlds(async (machine) => {
      machine.refuse('fetch');
      throw new TypeError('fetch failed: there is no such network in a world');
    }),
  });
  const restoreCrypto = substitute(nodeCrypto, Object.fromEntries(THREADED.map(refusing)));
  hook.enable();
  return [restoreFetch, restoreCrypto, () => void hook.disable()];
}

function named(words: string, types: readonly string[]): [string, string][] {
  return types.map((type) => [type, words]);
}

function refusing(name: string): [string, MakeSubstitute] {
  const substituteOf = inWorlds((machine, args, original) => {
    machine.refuse(`crypto.${name} with a callback`);
    return Reflect.apply(original, nodeCrypto, args);
  });
  return [name, substituteOf];
}
