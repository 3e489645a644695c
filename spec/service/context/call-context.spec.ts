import { expect } from 'chai';

import { type ApiOptions, callContext, type Metadata } from '../../../lib/index.ts';
import { MisuseError } from '../../../lib/errors/errors.ts';
import { CallContext } from '../../../lib/service/context/call-context.ts';
import { rejectionOf } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';
import { type Pair, memoryPair, withServer } from '../../support/with-server.ts';
import { handlerContext } from '../support/handler-context.ts';

/** What a caller is told beside the result. */
interface Told {
  readonly result: unknown;
  readonly headers: Metadata | undefined;
  readonly trailers: Metadata | undefined;
}

/** Exposes one method and calls it. */
async function callOf(
  { server, client }: Pair,
  method: () => unknown,
  options: ApiOptions = {},
): Promise<Told> {
  server.expose('service', { method });
  let headers: Metadata | undefined;
  let trailers: Metadata | undefined;
  const api = client.api<{ method(): unknown }>('service', {
    ...options,
    onHeaders: (got) => (headers = { ...got }),
    onTrailers: (got) => (trailers = { ...got }),
  });
  const result = await api.method();
  return { result, headers, trailers };
}

function context(): CallContext {
  return new CallContext({ service: 's', path: 'm', maxMetadataBytes: 100 }, handlerContext());
}

describe('service/call-context', () => {
  it('says which method was called, by whom, and over which connection', () =>
    withServer({ server: { authenticate: () => 'ada' } }, async ({ server, client }) => {
      const seen: unknown[] = [];
      server.expose('store', {
        admin: {
          compact: () => {
            const { service, method, peer, principal, connectionId } = callContext();
            seen.push(service, method, peer.address, principal, connectionId);
          },
        },
      });
      await client.api<{ admin: { compact(): void } }>('store').admin.compact();
      expect(seen).to.deep.equal([
        'store',
        'admin.compact',
        '127.0.0.1',
        'ada',
        client.connectionId,
      ]);
    }));

  it('X5 has the metadata of its caller, with lower-case names', () =>
    withServer(async (pair) => {
      const { result } = await callOf(pair, () => ({ ...callContext().metadata }), {
        metadata: { Tenant: 'a', key: new Uint8Array([1, 2]) },
      });
      expect(result).to.deep.equal({ tenant: 'a', key: Buffer.from([1, 2]) });
    }));

  it('has empty metadata where the caller gave none', () =>
    withServer(async (pair) => {
      const { result } = await callOf(pair, () => Object.keys(callContext().metadata));
      expect(result).to.deep.equal([]);
    }));

  it('X5 sends headers and trailers with the result, merged by name', () =>
    withServer(async (pair) => {
      const told = await callOf(pair, async () => {
        callContext().setHeader('Region', 'eu');
        callContext().setTrailer('Rows', '1');
        await turns(1);
        callContext().setHeader('region', 'us');
        callContext().setHeader('node', new Uint8Array([7]));
        callContext().setTrailer('took', '2 ms');
        return 'result';
      });
      expect(told).to.deep.equal({
        result: 'result',
        headers: { region: 'us', node: Buffer.from([7]) },
        trailers: { rows: '1', took: '2 ms' },
      });
    }));

  it('X5 tells of empty headers and trailers where none were set', () =>
    withServer(async (pair) => {
      const told = await callOf(pair, () => 5);
      expect(told).to.deep.equal({ result: 5, headers: {}, trailers: {} });
    }));

  it('X5 declares headers complete once; later ones are refused', () => {
    const call = context();
    call.setHeader('a', '1');
    call.sendHeaders();
    expect(() => call.sendHeaders()).to.throw(MisuseError, 'the headers were sent');
    expect(() => call.setHeader('b', '2')).to.throw(MisuseError, 'the headers were sent');
    call.setTrailer('c', '3');
    expect({ ...call.takeHeaders() }).to.deep.equal({ a: '1' });
    expect({ ...call.takeTrailers() }).to.deep.equal({ c: '3' });
  });

  it('X5 refuses headers and trailers when the call is answered', () =>
    withServer(async (pair) => {
      let late: CallContext | undefined;
      await callOf(pair, () => void (late = callContext()));
      expect(() => late?.setHeader('a', '1')).to.throw(MisuseError, 'the headers were sent');
      expect(() => late?.setTrailer('a', '1')).to.throw(MisuseError, 'the trailers were sent');
      expect(() => late?.sendHeaders()).to.throw(MisuseError, 'the headers were sent');
    }));

  it('refuses what can be no metadata, naming it, where it is set', () => {
    const call = context();
    expect(() => call.setHeader('a b', '1')).to.throw(MisuseError, /can't be named "a b"/);
    expect(() => call.setTrailer('a', 5 as unknown as string)).to.throw(
      MisuseError,
      /metadata a is/,
    );
    expect(() => call.setHeader('a', 'x'.repeat(100))).to.throw(
      MisuseError,
      /101 bytes, more than 100/,
    );
  });

  it('X5 takes headers of a stream to its caller ahead of the items, and trailers behind them', () =>
    withServer(async ({ server, client }) => {
      server.expose('service', {
        async *rows() {
          callContext().setHeader('columns', '2');
          yield 1;
          callContext().setTrailer('rows', '1');
        },
      });
      const events: unknown[] = [];
      const api = client.api<{ rows(): AsyncIterable<number> }>('service', {
        onHeaders: ({ columns }) => events.push(`${String(columns)} columns`),
        onTrailers: ({ rows }) => events.push(`${String(rows)} rows`),
      });
      for await (const row of api.rows()) events.push(row);
      await turns(2);
      expect(events).to.deep.equal(['2 columns', 1, '1 rows']);
    }));

  it('says how much time is left', async () => {
    const memory = memoryPair();
    await withServer(memory, async (pair) => {
      const { result } = await callOf(pair, () => callContext().remainingMs, { timeoutMs: 500 });
      expect(result).to.equal(500);
      pair.server.expose('other', { left: () => callContext().remainingMs ?? 'for ever' });
      expect(await pair.client.api<{ left(): unknown }>('other').left()).to.equal('for ever');
    });
  });

  it('has a signal that fires when the caller has gone', () =>
    withServer(async ({ server, client, connect }) => {
      const fired = new Promise((resolve) => {
        server.expose('service', {
          wait: () => new Promise(() => callContext().signal.addEventListener('abort', resolve)),
        });
      });
      const other = await connect();
      const call = other.api<{ wait(): unknown }>('service').wait();
      const failed = rejectionOf(call);
      await client.describe();
      await other.abort();
      await failed;
      await fired;
    }));

  it('leaves work in the background, which has the context too', () =>
    withServer(async ({ server, client }) => {
      let go = (): void => {};
      const seen: string[] = [];
      server.expose('service', {
        start: () => {
          callContext().background(async () => {
            await new Promise<void>((resolve) => (go = resolve));
            seen.push(callContext().method);
          });
        },
      });
      await client.api<{ start(): void }>('service').start();
      const closed = server.close();
      expect(seen).to.deep.equal([]);
      go();
      await closed;
      expect(seen).to.deep.equal(['start']);
    }));

  it('is not there for methods that are exposed without', () =>
    withServer(async ({ server, client }) => {
      server.expose('service', { method: () => callContext().method }, { context: false });
      const error = await rejectionOf(client.api<{ method(): string }>('service').method(), Error);
      expect(error.message).to.match(/no call context here/);
    }));
});
