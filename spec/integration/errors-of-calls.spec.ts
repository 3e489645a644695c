import { expect } from 'chai';

import {
  CanceledError,
  ClosedError,
  RemoteError,
  SerializationError,
  StatusError,
  TimeoutError,
  UnknownVerbError,
  verb,
} from '../../lib/index.ts';
import type { CallEvent } from '../../lib/diagnostics.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { published } from '../support/published.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns } from '../support/turns.ts';
import { memoryPair, withServer } from '../support/with-server.ts';

const APPEND = verb<(line: string) => void>(9, { name: 'append' });
const SLOW = verb<() => void>(10, { name: 'slow' });
const NOTE = verb<() => void>(11, { name: 'note', noWait: true });
const GONE = verb<() => void>(12, { name: 'gone' });
const SHOP = {
  price(item: string): number {
    throw new StatusError('not-found', `no ${item}`);
  },
  wait: (): Promise<void> => new Promise(() => {}),
};

/** The frames of an error that name the function. */
function framesIn(error: Error, name: string): number {
  return error.stack?.split('\n').filter((line) => line.includes(name)).length ?? 0;
}

describe('errors of calls', () => {
  it('name the verb and the server; the server’s text stays as it was sent', () =>
    withServer({}, async ({ server, client }) => {
      const peer = `127.0.0.1:${server.address.port}`;
      server.handle(APPEND, () => {
        throw new Error('disk full');
      });
      expect(await rejectionOf(client.call(APPEND, 'a'), RemoteError)).to.include({
        message: 'disk full',
        method: 'append',
        peer,
      });
      const unfit = client.call(APPEND, (() => {}) as never);
      expect(await rejectionOf(unfit, SerializationError)).to.include({ method: 'append', peer });
      expect(await rejectionOf(client.call(GONE), UnknownVerbError)).to.include({
        message: 'the peer has no handler for verb 12 (gone)',
        method: 'gone',
        peer,
      });
    }));

  it('name them where the client gave up, and where it is closed', async () => {
    const memory = memoryPair();
    await withServer(memory, async ({ server, client }) => {
      server.handle(SLOW, () => new Promise(() => {}));
      const peer = `${server.address.address}:${server.address.port}`;
      const late = rejectionOf(client.with({ timeoutMs: 50 }).call(SLOW), TimeoutError);
      await turns(5);
      memory.clock.advance(50);
      expect(await late).to.include({
        message: `the call took longer than 50 ms (verb 'slow' of ${peer})`,
        method: 'slow',
        peer,
      });
      const controller = new AbortController();
      const view = client.with({ signal: controller.signal });
      const canceled = rejectionOf(view.call(SLOW), CanceledError);
      controller.abort('enough');
      expect(await canceled).to.include({ method: 'slow', peer, cause: 'enough' });
      const lost = [rejectionOf(client.call(SLOW), ClosedError)];
      await client.abort();
      lost.push(rejectionOf(client.call(SLOW), ClosedError));
      for (const error of await Promise.all(lost)) {
        expect(error.message).to.equal(`the client was aborted (verb 'slow' of ${peer})`);
        expect(error).to.include({ method: 'slow', peer });
      }
    });
  });

  it('name the method of a service, in fields that a StatusError does not pass on', () =>
    withServer({}, async ({ server, client }) => {
      const peer = `127.0.0.1:${server.address.port}`;
      server.expose('shop', SHOP);
      const api = client.api<typeof SHOP>('shop');
      const error = await rejectionOf(api.price('tea'), StatusError);
      expect(error).to.include({ message: 'no tea', method: 'shop/price', peer });
      expect(Object.keys(error)).to.not.include.members(['method', 'peer']);
      const { signal } = new AbortController();
      for (const timeoutMs of [-1, 20]) {
        const view = client.api<typeof SHOP>('shop', { timeoutMs, signal });
        const late = await rejectionOf(view.wait(), TimeoutError);
        expect(late).to.include({ method: 'shop/wait', peer });
        expect(late.message.endsWith(` ms (method 'shop/wait' of ${peer})`)).to.equal(true);
      }
    }));

  it('do not tell a method’s caller which server the method had called', () =>
    withServer({}, async ({ server, client }) => {
      server.handle(APPEND, () => {
        throw new Error('disk full');
      });
      const front = { store: (): Promise<void> => client.call(APPEND, 'a') };
      server.expose('front', front);
      const api = client.api<typeof front>('front');
      const error = await rejectionOf(api.store(), Error);
      expect(error).to.include({ message: 'disk full', code: 'ERR_REMOTE', method: 'front/store' });
    }));

  it('have the frame of the caller with callStacks, whichever way the call takes', () =>
    withServer({ client: { callStacks: true } }, async ({ server, client }) => {
      server.handle(APPEND, () => {
        throw new Error('disk full');
      });
      server.expose('shop', SHOP);
      const { signal } = new AbortController();
      const plain = client.api<typeof SHOP>('shop');
      const wrapped = client.api<typeof SHOP>('shop', { signal });
      async function theCaller(call: () => Promise<unknown>): Promise<void> {
        await call();
      }
      for (const call of [
        () => client.call(APPEND, 'a'),
        () => client.call(GONE),
        () => client.with({ timeoutMs: 5 }).call(SLOW),
        () => plain.price('tea'),
        () => wrapped.price('tea'),
        () => client.api<typeof SHOP>('shop', { timeoutMs: 20 }).wait(),
      ]) {
        const error = await rejectionOf(theCaller(call), Error);
        expect(framesIn(error, 'theCaller'), error.stack).to.equal(1);
        expect(framesIn(error, error.message), 'its text').to.equal(1);
      }
    }));

  it('are of a named verb in events and in log lines of the server too', async () => {
    const log = new CollectedLog();
    await withServer({ server: { logger: log } }, async ({ server, client }) => {
      server.handle(NOTE, () => {
        throw new Error('disk full');
      });
      const events = await published<CallEvent>(['sluice:call:start'], async () => {
        await client.call(NOTE);
        await log.line(/exception "disk full" in no_wait handler of 'note' ignored/);
      });
      expect(events.map(([, { side, method }]) => [side, method])).to.deep.equal([
        ['client', 'note'],
        ['server', 'note'],
      ]);
      expect(() => server.handle(NOTE, () => {})).to.throw(/for verb 11 \(note\)$/);
    });
  });
});
