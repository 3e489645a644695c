// Objects with a method `then` are the subject here.
// oxlint-disable unicorn/no-thenable
import { runInNewContext } from 'node:vm';

import type { StandardSchemaV1 } from '@standard-schema/spec';
import { expect } from 'chai';

import { stream } from '../../lib/index.ts';
import { rejectionOf } from '../support/rejection.ts';
import { memoryPair, withServer } from '../support/with-server.ts';

interface Users {
  remove(user: unknown): Promise<void>;
  find(): Promise<unknown>;
  list(): AsyncIterable<unknown>;
}

interface Numbers {
  two(): Promise<unknown>;
  items(): AsyncIterable<unknown>;
  take(items: AsyncIterable<unknown>): Promise<unknown[]>;
}

const GUEST = { role: 'guest' };
const ADMIN = { role: 'admin' };

const KINDS: [what: string, later: (value: unknown) => unknown][] = [
  ['a promise', (value) => Promise.resolve(value)],
  ['a promise of another realm', (value) => runInNewContext('Promise.resolve(value)', { value })],
  [
    'an object with a method then',
    (value) => ({ then: (resolve: (value: unknown) => void) => resolve(value) }),
  ],
];

for (const [what, later] of KINDS) {
  describe(`${what}, given by the user's code`, () => {
    it('K6 as the verdict of a schema is awaited: what it refuses goes nowhere', async () => {
      await withUsers(ADMIN, guestsOnly(later), async (users, removed) => {
        await rejectionOf(users.remove(ADMIN), Error);
        await rejectionOf(users.find(), Error);
        await rejectionOf(readAll(users.list()), Error);
        expect(removed).to.deep.equal([]);
      });
    });

    it('K6 as the verdict of a schema is awaited: what it takes is passed on', async () => {
      await withUsers(GUEST, guestsOnly(later), async (users, removed) => {
        await users.remove(GUEST);
        expect(removed).to.deep.equal([GUEST]);
        expect(await users.find()).to.deep.equal(GUEST);
        expect(await readAll(users.list())).to.deep.equal([GUEST]);
      });
    });

    it('X7 as what a hook makes of an item is awaited, at both ends', async () => {
      await withServer(memoryPair(), async ({ server, client }) => {
        server.expose(
          'numbers',
          { items: () => stream([1, 2]), take: readAll },
          {
            onSend: (item) => later(Number(item) * 10),
            onReceive: (item) => later(Number(item) + 1),
          },
        );
        const api = client.api<Numbers>('numbers', {
          onSend: (item) => later(Number(item) * 10),
          onReceive: (item) => later(Number(item) + 1),
        });
        expect(await readAll(api.items())).to.deep.equal([11, 21]);
        expect(await api.take(stream([3]))).to.deep.equal([31]);
      });
    });

    it('K9 as a result and as an item is awaited', async () => {
      await withServer(memoryPair(), async ({ server, client }) => {
        server.expose('numbers', { two: () => later(2), items: () => stream([later(1), 2]) });
        const api = client.api<Numbers>('numbers');
        expect(await api.two()).to.equal(2);
        expect(await readAll(api.items())).to.deep.equal([1, 2]);
        expect(await readAll(stream([later(3)]))).to.deep.equal([3]);
      });
    });
  });
}

it('K6 a schema that answers with neither a value nor issues lets nothing pass', async () => {
  for (const answer of [undefined, true, {}, Promise.resolve(undefined)]) {
    await withUsers(
      GUEST,
      schemaOf(() => answer),
      async (users, removed) => {
        await rejectionOf(users.remove(GUEST), Error);
        expect(removed).to.deep.equal([]);
      },
    );
  }
});

it('K9 an item that is a promise which rejects fails its stream, and the source is closed', async () => {
  let isClosed = false;
  function* source(): Generator<unknown> {
    try {
      yield 1;
      yield Promise.reject(new Error('no item'));
      yield 3;
    } finally {
      isClosed = true;
    }
  }
  await withServer(memoryPair(), async ({ server, client }) => {
    server.expose('numbers', { items: () => stream(source()) });
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const item of client.api<Numbers>('numbers').items()) seen.push(item);
    })();
    expect((await rejectionOf(reading, Error)).message).to.equal('no item');
    expect(seen).to.deep.equal([1]);
    expect(isClosed).to.equal(true);
  });
});

function schemaOf(validate: (value: unknown) => unknown): StandardSchemaV1 {
  const judge = validate as StandardSchemaV1.Props['validate'];
  return { '~standard': { version: 1, vendor: 'spec', validate: judge } };
}

/** Gives its verdict later. */
function guestsOnly(later: (verdict: unknown) => unknown): StandardSchemaV1 {
  return schemaOf((value) => {
    const isGuest = (value as { role?: unknown }).role === 'guest';
    return later(isGuest ? { value } : { issues: [{ message: 'no such user' }] });
  });
}

/** A service that gives one user, with a schema for all of its values. */
async function withUsers(
  user: unknown,
  schema: StandardSchemaV1,
  run: (users: Users, removed: unknown[]) => Promise<void>,
): Promise<void> {
  await withServer(memoryPair(), async ({ server, client }) => {
    const removed: unknown[] = [];
    const users = {
      remove: (who: unknown) => void removed.push(who),
      find: () => user,
      list: () => stream([user]),
    };
    const methods = {
      remove: { args: [schema] },
      find: { result: schema },
      list: { items: schema },
    };
    server.expose('users', users, { methods });
    await run(client.api<Users>('users'), removed);
  });
}

async function readAll(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const read: unknown[] = [];
  for await (const item of items) read.push(item);
  return read;
}
