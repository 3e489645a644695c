import { expect } from 'chai';

import { Deferred } from '../../lib/base/deferred.ts';
import {
  type Client,
  listen,
  OptionError,
  RefusedError,
  RemoteError,
  type ServerOptions,
  type Verb,
  verb,
} from '../../lib/index.ts';
import { packed, raw, string } from '../../lib/layout.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { until } from '../support/turns.ts';
import { memoryPair, withServer } from '../support/with-server.ts';

const HOLD: Verb<(name: string) => string> = verb(20);
const OTHER: Verb<(name: string) => string> = verb(21);
const TELL: Verb<(name: string) => void> = verb(22, { noWait: true });

type Governance = NonNullable<ServerOptions['governance']>;

/** Calls that run until the test lets them go. */
class HeldCalls {
  readonly #held: ((text: string) => void)[] = [];

  get count(): number {
    return this.#held.length;
  }

  /** As a handler of {@link HOLD}. */
  readonly hold = (_context: unknown, name: string): Promise<string> =>
    new Promise((resolve) => this.#held.push(() => resolve(name)));

  /** Lets the oldest one go. */
  release(): void {
    this.#held.shift()?.('');
  }

  releaseAll(): void {
    while (this.count > 0) this.release();
  }
}

/** Makes so many calls that are held, and sees that they got as far. */
async function fill(client: Client, held: HeldCalls, count: number): Promise<Promise<string>[]> {
  const before = held.count;
  const calls = Array.from({ length: count }, (_, at) => client.call(HOLD, `call ${at}`));
  await until(() => held.count === before + count);
  return calls;
}

describe('X8 limits of calls in progress', () => {
  for (const [where, governance, option] of [
    ['a server', { maxConcurrentCalls: 3 }, 'governance.maxConcurrentCalls'],
    [
      'a connection',
      { perConnection: { maxConcurrentCalls: 3 } },
      'governance.perConnection.maxConcurrentCalls',
    ],
    ['a verb', undefined, 'maxConcurrent'],
  ] as const satisfies readonly (readonly [string, Governance | undefined, string])[]) {
    it(`X8, E2 refuse the call beyond those of ${where}, and take the next one that fits`, () =>
      withServer({ server: { governance } }, async ({ server, client }) => {
        const held = new HeldCalls();
        server.handle(HOLD, held.hold, governance === undefined ? { maxConcurrent: 3 } : {});
        const calls = await fill(client, held, 3);
        for (let again = 0; again < 3; again++) {
          const refused = await rejectionOf(client.call(HOLD, 'one more'), RefusedError);
          expect(refused).to.include({ retryable: true, initiator: 'remote' });
          expect(refused.message).to.equal(`3 calls are in progress, as many as ${option} allows`);
        }
        held.release();
        expect(await calls[0]).to.equal('call 0');
        const late = await fill(client, held, 1);
        held.releaseAll();
        expect(await Promise.all([...calls, ...late])).to.have.length(4);
      }));
  }

  it('X8 count over all connections of a server, and of a verb', () =>
    withServer(
      { server: { governance: { maxConcurrentCalls: 3 } } },
      async ({ server, client, connect }) => {
        const held = new HeldCalls();
        server.handle(HOLD, held.hold, { maxConcurrent: 2 });
        server.handle(OTHER, held.hold);
        const second = await connect();
        const calls = [...(await fill(client, held, 1)), ...(await fill(second, held, 1))];
        const full = await rejectionOf(second.call(HOLD, 'third'), Error);
        expect(full.message).to.match(/as many as maxConcurrent allows$/);
        calls.push(second.call(OTHER, 'fits'));
        await until(() => held.count === 3);
        const over = await rejectionOf(client.call(OTHER, 'does not'), Error);
        expect(over.message).to.match(/governance\.maxConcurrentCalls/);
        held.releaseAll();
        await Promise.all(calls);
      },
    ));

  it('X8 of one connection leave others alone', () =>
    withServer(
      { server: { governance: { perConnection: { maxConcurrentCalls: 1 } } } },
      async ({ server, client, connect }) => {
        const held = new HeldCalls();
        server.handle(HOLD, held.hold);
        const calls = await fill(client, held, 1);
        await rejectionOf(client.call(HOLD, 'refused'), Error);
        calls.push(...(await fill(await connect(), held, 1)));
        held.releaseAll();
        await Promise.all(calls);
      },
    ));

  it('X8 refuse before anything is done: no handler runs, no argument is read', () =>
    withServer(async ({ server, client }) => {
      const held = new HeldCalls();
      const names: string[] = [];
      const handler = (context: unknown, name: string): Promise<string> => {
        names.push(name);
        return held.hold(context, name);
      };
      server.handle(HOLD, handler, { maxConcurrent: 1 });
      const calls = await fill(client, held, 1);
      await rejectionOf(client.call(HOLD, 'refused'), Error);
      expect(names).to.deep.equal(['call 0']);
      held.releaseAll();
      await Promise.all(calls);
    }));

  it('X8 give the place of a call back that fails, and of one whose arguments do not decode', () =>
    withServer(async ({ server, client }) => {
      const fail = (): never => {
        throw new Error('as asked');
      };
      server.handle(verb(20, { args: packed(string) }), fail, { maxConcurrent: 1 });
      const malformed = verb(20, { args: raw });
      for (let again = 0; again < 3; again++) {
        const failing = client.call(malformed, Buffer.from('00000000', 'hex'));
        expect((await rejectionOf(failing, Error)).message).to.equal('as asked');
        const undecodable = client.call(malformed, Buffer.from('ffffffff', 'hex'));
        expect((await rejectionOf(undecodable, Error)).message).not.to.match(/as asked|maxConc/);
      }
    }));

  it('X8 count the work that a handler leaves in the background', () =>
    withServer(async ({ server, client }) => {
      const background = new Deferred();
      server.handle(
        HOLD,
        (context, name) => {
          context.background(() => background.promise);
          return name;
        },
        { maxConcurrent: 1 },
      );
      expect(await client.call(HOLD, 'first')).to.equal('first');
      await rejectionOf(client.call(HOLD, 'second'), Error);
      background.resolve();
      expect(await client.call(HOLD, 'third')).to.equal('third');
    }));

  it('X8 drop a call without reply that goes beyond them, with a line in the log', async () => {
    const log = new CollectedLog();
    await withServer({ server: { logger: log } }, async ({ server, client }) => {
      const held = new HeldCalls();
      server.handle(TELL, (context, name) => void held.hold(context, name), { callsPerSecond: 1 });
      await client.call(TELL, 'one');
      await client.call(TELL, 'two');
      expect(await log.line(/no_wait call refused/)).to.match(/callsPerSecond/);
      expect(held.count).to.equal(1);
    });
  });
});

describe('X8 limits of calls a second', () => {
  for (const [where, governance] of [
    ['a server', { callsPerSecond: 2 }],
    ['a connection', { perConnection: { callsPerSecond: 2 } }],
    ['a verb', undefined],
  ] as const satisfies readonly (readonly [string, Governance | undefined])[]) {
    it(`X8, E2 of ${where} let a second’s worth through at once, then as time goes by`, async () => {
      const memory = memoryPair();
      await withServer({ ...memory, server: { governance } }, async ({ server, client }) => {
        const options = governance === undefined ? { callsPerSecond: 2 } : {};
        server.handle(HOLD, (_context, name) => name, options);
        const burst = Array.from({ length: 3 }, (_, at) => follow(client.call(HOLD, `${at}`)));
        await until(() => burst.every(({ outcome }) => outcome !== undefined));
        expect(burst.slice(0, 2).map(({ outcome }) => outcome)).to.deep.equal([
          { value: '0' },
          { value: '1' },
        ]);
        expect(burst[2]?.outcome)
          .to.have.nested.property('error.message')
          .that.matches(/^more than 2 calls a second, which .*callsPerSecond does not allow$/);
        memory.clock.advance(499);
        await rejectionOf(client.call(HOLD, 'too early'), Error);
        memory.clock.advance(1);
        expect(await client.call(HOLD, 'in time')).to.equal('in time');
        await rejectionOf(client.call(HOLD, 'too many'), Error);
      });
    });
  }
});

describe('X8 governance', () => {
  it('X8 is judged when the server is made, and when a verb is', async () => {
    for (const [governance, option] of [
      [{ maxConcurrentCalls: 0 }, 'governance.maxConcurrentCalls'],
      [{ perConnection: { callsPerSecond: -1 } }, 'governance.perConnection.callsPerSecond'],
    ] as const) {
      const listening = listen({ host: '127.0.0.1', port: 0, governance });
      expect(await rejectionOf(listening, OptionError)).to.include({ option });
    }
    await withServer(({ server }) => {
      const handle = (): void => server.handle(HOLD, (_c, name) => name, { maxConcurrent: 0 });
      expect(handle).to.throw(OptionError).and.include({ option: 'maxConcurrent' });
    });
  });

  it('X8 is a text to a peer without the extension', () =>
    withServer({ client: { extension: false } }, async ({ server, client }) => {
      server.handle(HOLD, (_context, name) => name, { callsPerSecond: 1 });
      await client.call(HOLD, 'one');
      const error = await rejectionOf(client.call(HOLD, 'two'), RemoteError);
      expect(error.message).to.match(/callsPerSecond/);
    }));
});
