import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { isRpcError } from '../../lib/errors/rpc-error.ts';
import { type Source, stream, verb } from '../../lib/index.ts';
import { Deferred } from '../../lib/base/deferred.ts';
import { withServer } from '../support/with-server.ts';
import { BLOBS } from './blobs.ts';
import { CALLS } from './calls.ts';
import { CONNECTIONS } from './connections.ts';
import type { Misuse, MisusedFunction, World } from './rows.ts';
import { VALUES } from './values.ts';
import { WORLDS } from './worlds.ts';

const ALL = [...CONNECTIONS, ...CALLS, ...BLOBS, ...VALUES, ...WORLDS];

const OPEN = verb<(source: Source<[Uint8Array]>) => Promise<void>>(7_000);

describe('the table of misuse', () => {
  for (const misused of ALL) {
    it(`${misused.of} says of each of its wrong inputs what it takes and what it got`, async () => {
      await withWorld(async (world) => {
        const said = [];
        for (const { given } of misused.misuses) said.push(await refusal(misused, given, world));
        expect(said).to.deep.equal(misused.misuses.map(expected));
        // Nothing of it was done.
        expect(world.client.state).to.equal('connected');
        expect(world.sink.bufferedBytes).to.equal(0);
      });
    });
  }

  it('has every public function that takes options', () => {
    const names = new Set(ALL.map(({ of }) => of));
    const missing = functionsWithOptions().filter((name) => !names.has(name));
    expect(missing).to.deep.equal([]);
    expect(functionsWithOptions().length).to.be.above(30);
  });

  it('has at least 12 wrong inputs for each function', () => {
    const few = ALL.filter(({ misuses }) => misuses.length < 12).map(({ of }) => of);
    expect(few).to.deep.equal([]);
  });
});

/** The classes of the report that users have objects of, with the names of these objects. */
const OBJECTS: Readonly<Record<string, string>> = {
  Client: 'client',
  Server: 'server',
  Sink: 'sink',
  Source: 'source',
  RemoteStream: 'remoteStream',
  TestPair: 'testPair',
  World: 'world',
  NodeProcess: 'nodeProcess',
};

/** The functions and methods of the public surface that have a parameter with options. */
function functionsWithOptions(): string[] {
  const found = new Set<string>();
  let owner = '';
  for (const line of readFileSync('docs/api-report.txt', 'utf8').split('\n')) {
    owner = /^export (?:declare )?(?:class|interface) (\w+)/.exec(line)?.[1] ?? owner;
    const [, isFunction, name = ''] =
      /^(export declare function |    )(\w+)(?:<.*?>)?\(.*\b(?:options|declaration|handler)\??:/.exec(
        line,
      ) ?? [];
    if (name === '') continue;
    const of = isFunction === '    ' ? OBJECTS[owner] : '';
    if (of === '') found.add(name);
    else if (of !== undefined) found.add(name === 'constructor' ? owner : `${of}.${name}`);
    else if (name === 'constructor') found.add(owner);
  }
  return [...found];
}

const expected = ({ error, text }: Misuse): string => `${error} | ${text}`;

/** The class and the message of the error with which an input is refused, never retryable. */
async function refusal(misused: MisusedFunction, given: unknown, world: World): Promise<string> {
  try {
    // The table says what each function is given.
    await misused.attempt(given as never, world);
    return 'none';
  } catch (error) {
    if (!isRpcError(error) || error.retryable) return `not ours, or retryable: ${String(error)}`;
    return `${error.name} | ${error.message}`;
  }
}

/** Runs with a client, its server, and a stream of each kind between the two. */
async function withWorld(run: (world: World) => Promise<void>): Promise<void> {
  await withServer(async ({ client, server }) => {
    const arrived = new Deferred<Source<[Uint8Array]>>();
    const left = new Deferred();
    server.handle(OPEN, async (_context, source) => {
      arrived.resolve(source);
      await left.promise;
    });
    server.expose('items', { list: () => stream([1]) });
    const sink = await client.makeStreamSink<[Uint8Array]>();
    const called = client.call(OPEN, sink).catch(() => {});
    const source = await arrived.promise;
    const remote = await client.api<{ list(): AsyncIterable<number> }>('items').list();
    await run({ client, server, sink, source, remote });
    sink.abort();
    remote.cancel();
    left.resolve();
    await called;
  });
}
