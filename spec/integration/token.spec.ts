import { expect } from 'chai';

import {
  type Client,
  ClosedError,
  connect,
  OptionError,
  TimeoutError,
  verb,
} from '../../lib/index.ts';
import type { TokenProvider } from '../../lib/types.ts';
import { inMemory, type PassingPair, withPassing } from '../support/passing.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns } from '../support/turns.ts';
import { withListening } from '../support/with-server.ts';

const SETTLED = 40;
const QUICK = { minDelayMs: 1, maxDelayMs: 5 };
const WHO = verb<() => unknown>(1);
const WAIT = verb<() => void>(2);
/** What the server sees of a client. */
const authenticate = ({ token }: { token: string | undefined }): unknown => ({
  user: token ?? 'nobody',
});

/** A client and a server in memory, with a clock that the test moves. */
async function withToken(
  token: TokenProvider,
  run: (pair: PassingPair, passTime: (ms: number) => Promise<void>) => Promise<void>,
): Promise<void> {
  const { clock, ...options } = inMemory({
    server: { authenticate },
    client: { token, reconnect: QUICK },
  });
  await withPassing(options, async (pair) => {
    pair.server.handle(WHO, ({ principal }) => principal);
    await run(pair, async (ms) => {
      clock.advance(ms);
      await turns(SETTLED);
    });
  });
}

/** Cuts the main connection of the client. */
function cut({ networks: [dialed] }: PassingPair): void {
  dialed.sockets.at(-1)!.destroy();
}

describe('a token that a function gives', () => {
  for (const isAsync of [false, true]) {
    it(`is asked anew for each connection, ${isAsync ? 'as a promise' : 'at once'}`, async () => {
      let asked = 0;
      const token: TokenProvider = () => {
        const text = `token ${++asked}`;
        return isAsync ? turns(3).then(() => text) : text;
      };
      await withToken(token, async (pair, passTime) => {
        for (const count of [1, 2, 3]) {
          expect(await pair.client.call(WHO)).to.deep.equal({ user: `token ${count}` });
          cut(pair);
          await turns(SETTLED);
          await passTime(10);
        }
        expect(asked).to.equal(4);
      });
    });
  }

  it('is that of a connection which resumes a session, and may give none', async () => {
    let now: string | undefined = 'ann';
    await withToken(
      () => now,
      async (pair, passTime) => {
        const resumed: unknown[] = [];
        pair.client.on('connected', (event) => resumed.push(event.resumed));
        let release = (): void => {};
        pair.server.handle(WAIT, () => new Promise<void>((resolve) => (release = resolve)));
        const call = pair.client.call(WAIT);
        await turns(SETTLED);
        cut(pair);
        await turns(SETTLED);
        await passTime(10);
        expect(resumed).to.deep.equal([true]);
        release();
        await call;
        now = undefined;
        cut(pair);
        await turns(SETTLED);
        await passTime(10);
        expect(await pair.client.call(WHO)).to.deep.equal({ user: 'nobody' });
        expect(resumed).to.deep.equal([true, false]);
      },
    );
  });

  it('fails an attempt by its error, which may pass: the next one asks again', async () => {
    const causes: unknown[] = [];
    let isDown = false;
    const down = new Error('the directory is down');
    const token: TokenProvider = () => {
      if (isDown) throw down;
      return 'ann';
    };
    await withToken(token, async (pair, passTime) => {
      pair.client.on('reconnecting', ({ cause }) => causes.push(cause));
      isDown = true;
      cut(pair);
      await turns(SETTLED);
      await passTime(10);
      expect(pair.client.state).to.equal('reconnecting');
      expect(causes.at(-1)).to.include({ code: 'ERR_CLOSED', initiator: 'local', cause: down });
      isDown = false;
      await passTime(10);
      expect(await pair.client.call(WHO)).to.deep.equal({ user: 'ann' });
    });
  });

  it('fails connect with the error of its first attempt', async () => {
    await withListening(inMemory(), async (server) => {
      const to = { host: '127.0.0.1', port: server.address.port };
      const down = new Error('the directory is down');
      const token = (): Promise<string> => Promise.reject(down);
      const error = await rejectionOf(connect({ ...to, token }), ClosedError);
      expect(error.message).to.contain("the token can't be had: the directory is down");
    });
  });

  for (const [what, wrong] of [
    ['no string', 5],
    ['a secret that is no string', Buffer.from('secret')],
    ['a string that is too long', 'x'.repeat(8_001)],
  ] as const) {
    it(`ends the client if it gives ${what}, which is not shown`, async () => {
      await withListening(inMemory(), async (_server, start) => {
        const client = start({ token: () => wrong as string, reconnect: QUICK });
        const error = await rejectionOf(client.whenReady(), OptionError);
        expect(error.option).to.equal('token');
        expect(error.message).not.to.match(/secret|115|xx/);
        expect(client.state).to.equal('closed');
      });
    });
  }

  it('has the time of the attempt, and none behind it', async () => {
    const { clock, ...options } = inMemory();
    await withListening(options, async (_server, start) => {
      const timers = clock.pendingTimers;
      const token = (): Promise<string> => new Promise(() => {});
      const slow = (): Client => start({ token, connectTimeoutMs: 500, reconnect: false });
      const late = rejectionOf(slow().whenReady(), TimeoutError);
      await turns(SETTLED);
      clock.advance(500);
      await late;
      const closed = slow();
      await turns(SETTLED);
      await closed.abort();
      await turns(SETTLED);
      expect(closed.state).to.equal('closed');
      expect(clock.pendingTimers).to.equal(timers);
    });
  });

  it('is not asked for where nothing of it is sent', async () => {
    await withListening(inMemory({ server: { authenticate } }), async (server, start) => {
      server.handle(WHO, ({ principal }) => principal);
      const token = (): string => expect.fail('it was asked for');
      const client = start({ token, extension: false });
      expect(await client.call(WHO)).to.deep.equal({ user: 'nobody' });
    });
  });
});
