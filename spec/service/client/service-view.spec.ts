import { expect } from 'chai';

import {
  type ApiOptions,
  callContext,
  CanceledError,
  type Client,
  OptionError,
  type Server,
  TimeoutError,
} from '../../../lib/index.ts';
import { MisuseError } from '../../../lib/errors/errors.ts';
import { rejectionOf } from '../../support/rejection.ts';
import { memoryPair, withServer } from '../../support/with-server.ts';

const TRACE = Object.freeze({
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'vendor=1',
  baggage: 'tenant=7',
});

interface Service {
  /** Answers what came along. */
  metadata(): Record<string, string>;
  never(): Promise<void>;
}

function expose(server: Server): void {
  server.expose('service', {
    metadata: () => ({ ...callContext().metadata }),
    never: () => new Promise(() => {}),
  });
}

function view(client: Client, options?: ApiOptions): ReturnType<typeof client.api<Service>> {
  return client.api<Service>('service', options);
}

describe('service/service-view', () => {
  it('K11 takes metadata along', () =>
    withServer(async ({ server, client }) => {
      expose(server);
      const api = view(client, { metadata: { Tenant: 'a', 'request-id': '7' } });
      for (let i = 0; i < 2; i++) {
        expect(await api.metadata()).to.deep.equal({ tenant: 'a', 'request-id': '7' });
      }
      expect(await view(client).metadata()).to.deep.equal({});
    }));

  it('takes metadata when the proxy is made, and not what becomes of it', () =>
    withServer(async ({ server, client }) => {
      expose(server);
      const metadata = { a: '1' };
      const api = view(client, { metadata });
      metadata.a = '2';
      expect(await api.metadata()).to.deep.equal({ a: '1' });
    }));

  it('K11 fails a call after its time, which is not long for a signal either', async () => {
    const memory = memoryPair();
    await withServer(memory, async ({ server, client }) => {
      expose(server);
      const timedOut = rejectionOf(view(client, { timeoutMs: 50 }).never(), TimeoutError);
      await client.describe();
      memory.clock.advance(50);
      expect((await timedOut).limitMs).to.equal(50);
    });
  });

  for (const timeoutMs of [0, Infinity]) {
    it(`K11 has no time limit with ${timeoutMs}`, async () => {
      const memory = memoryPair();
      await withServer(memory, async ({ server, client }) => {
        server.expose('service', { left: () => callContext().remainingMs ?? 'for ever' });
        const api = client.api<{ left(): unknown }>('service', { timeoutMs });
        expect(await api.left()).to.equal('for ever');
      });
    });
  }

  it('K11 sends nothing when the signal has fired before', () =>
    withServer(async ({ server, client }) => {
      expose(server);
      await view(client).metadata();
      const before = client.stats.sentMessages;
      const reason = new Error('enough');
      const error = await rejectionOf(
        view(client, { signal: AbortSignal.abort(reason) }).metadata(),
        CanceledError,
      );
      expect(error.cause).to.equal(reason);
      expect(client.stats.sentMessages).to.equal(before);
    }));

  it('K11 cancels a call when its signal fires', () =>
    withServer(async ({ server, client }) => {
      expose(server);
      const cancel = new AbortController();
      const call = rejectionOf(view(client, { signal: cancel.signal }).never(), CanceledError);
      await client.describe();
      cancel.abort();
      await call;
    }));

  it('K11 passes the trace context of a call on to calls that its method makes, unless they have their own', () =>
    withServer(async ({ server, client, connect }) => {
      expose(server);
      const onward = await connect();
      server.expose('front', {
        async pass() {
          await Promise.resolve();
          return view(onward).metadata();
        },
        own: () => view(onward, { metadata: { baggage: 'mine=1' } }).metadata(),
        around: () => view(onward, { metadata: () => ({ a: '1' }) }).metadata(),
      });
      const front = client.api<Record<'pass' | 'own' | 'around', () => unknown>>('front', {
        metadata: { ...TRACE, authorization: 'secret' },
      });
      for (let i = 0; i < 2; i++) {
        expect(await front.pass()).to.deep.equal(TRACE);
        expect(await front.own()).to.deep.equal({ ...TRACE, baggage: 'mine=1' });
        expect(await front.around()).to.deep.equal({ ...TRACE, a: '1' });
      }
      expect(await view(onward).metadata()).to.deep.equal({});
    }));

  it('refuses metadata that can be none when the proxy is made', () =>
    withServer(({ client }) => {
      expect(() => view(client, { metadata: { 'a b': '1' } })).to.throw(MisuseError, /"a b"/);
      expect(() => view(client, { metadata: { a: 'x'.repeat(8_192) } })).to.throw(
        MisuseError,
        /8193 bytes, more than 8192 \(limits\.maxMetadataBytes\)/,
      );
    }));

  it('takes as much metadata as both ends allow', () =>
    withServer({ both: { limits: { maxMetadataBytes: 30_000 } } }, async ({ server, client }) => {
      expose(server);
      const value = 'x'.repeat(29_999);
      expect(await view(client, { metadata: { a: value } }).metadata()).to.deep.equal({ a: value });
    }));

  it('fails a call whose metadata the server finds too large', () =>
    withServer({ server: { limits: { maxMetadataBytes: 5 } } }, async ({ server, client }) => {
      expose(server);
      const error = await rejectionOf(view(client, { metadata: { a: '12345' } }).metadata(), Error);
      expect(error.message).to.match(/6 bytes, more than 5/);
      expect(await view(client, { metadata: { a: '1234' } }).metadata()).to.deep.equal({
        a: '1234',
      });
    }));

  it('fails a call whose inherited trace context makes its metadata too large', () =>
    withServer(async ({ server, client, connect }) => {
      expose(server);
      const onward = await connect();
      const metadata = { a: 'x'.repeat(8_191) };
      server.expose('front', {
        pass: async () =>
          (await rejectionOf(view(onward, { metadata }).metadata(), MisuseError)).message,
      });
      const front = client.api<{ pass(): string }>('front', { metadata: TRACE });
      expect(await front.pass()).to.match(/limits\.maxMetadataBytes/);
    }));

  for (const name of ['streamTimeoutMs', 'receiveTimeoutMs'] as const) {
    it(`refuses a ${name} that is no time`, () =>
      withServer(({ client }) => {
        for (const value of [-1, NaN, '5' as unknown as number]) {
          expect(() => view(client, { [name]: value })).to.throw(OptionError, name);
        }
        for (const value of [0, 0.5, Infinity, undefined]) view(client, { [name]: value });
      }));
  }
});
