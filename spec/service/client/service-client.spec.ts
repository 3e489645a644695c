import { expect } from 'chai';

import {
  type Client,
  ClosedError,
  createClient,
  type RpcError,
  seastar,
  SerializationError,
  UnknownVerbError,
  UnsupportedError,
} from '../../../lib/index.ts';
import { MisuseError } from '../../../lib/errors/errors.ts';
import { rejectionOf } from '../../support/rejection.ts';
import { withListening, withServer } from '../../support/with-server.ts';

interface Echo {
  echo(value: unknown): unknown;
  other(value: unknown): unknown;
}

const echo: Echo = { echo: (value) => value, other: (value) => value };

async function unsupported(client: Client): Promise<RpcError> {
  return rejectionOf(client.api<Echo>('service').echo(1), UnsupportedError);
}

describe('service/service-client', () => {
  it('describes what the server offers, by name', () =>
    withServer(async ({ server, client }) => {
      server.expose('b', { z: () => 1, nested: { y: () => 1 }, a: () => 1 });
      const second = server.expose('a', echo);
      expect(await client.describe()).to.deep.equal({
        services: [
          { name: 'a', methods: ['echo', 'other'] },
          { name: 'b', methods: ['a', 'nested.y', 'z'] },
        ],
      });
      await second.close();
      expect((await client.describe()).services.map(({ name }) => name)).to.deep.equal(['b']);
    }));

  it('describes a server without services as one that offers nothing', () =>
    withServer(async ({ server, client }) => {
      expect(server.hasHandlers).to.equal(false);
      expect(await client.describe()).to.deep.equal({ services: [] });
    }));

  it('makes proxies before it is connected, whose calls wait', () =>
    withListening({}, async (server, start) => {
      server.expose('service', echo);
      const client = start();
      const api = client.api<Echo>('service');
      const call = api.echo('early');
      expect(client.state).to.equal('connecting');
      expect(await call).to.equal('early');
    }));

  it('names the method that the server does not have', () =>
    withServer(async ({ server, client }) => {
      server.expose('service', echo);
      const error = await rejectionOf(
        client.api<{ admin: { missing(): void } }>('service').admin.missing(),
        UnknownVerbError,
      );
      expect(error.message).to.equal('the peer has no method service/admin.missing');
    }));

  it('fails service calls where the server speaks no extension, and leaves the connection be', () =>
    withServer({ server: { extension: false } }, async ({ server, client }) => {
      server.expose('service', echo);
      const error = await unsupported(client);
      expect(error.message).to.match(/^calling service\/echo needs .*our extension/);
      await rejectionOf(client.describe(), UnsupportedError);
      expect(client.state).to.equal('connected');
    }));

  it('fails service calls that waited for a connection which then has no extension', () =>
    withListening({ server: { extension: false } }, async (_server, start) => {
      await unsupported(start());
    }));

  it('fails service calls where the client itself speaks no extension', () =>
    withServer({ client: { ...seastar.client } }, async ({ server, client }) => {
      server.expose('service', echo);
      await unsupported(client);
    }));

  it('sends calls in the order in which they were made, known methods or not', () =>
    withServer(async ({ server, client }) => {
      const seen: unknown[] = [];
      server.expose('service', {
        echo: (value: unknown) => void seen.push(value),
        other: (value: unknown) => void seen.push(value),
      });
      const api = client.api<Echo>('service');
      await api.echo(0);
      await Promise.all([api.other(1), api.echo(2), api.other(3), api.echo(4)]);
      expect(seen).to.deep.equal([0, 1, 2, 3, 4]);
    }));

  it('K9 remembers between proxies what a method returns, so that known ones are sent at once', () =>
    withServer(async ({ server, client }) => {
      server.expose('service', echo);
      await client.api<Echo>('service').echo(0);
      const before = client.stats.sentMessages;
      const call = client.api<Echo>('service', { timeoutMs: 1_000 }).echo(1);
      expect(client.stats.sentMessages).to.equal(before + 1);
      const unknown = client.api<Echo>('service').other(1);
      expect(client.stats.sentMessages).to.equal(before + 1);
      await Promise.resolve();
      expect(client.stats.sentMessages).to.equal(before + 2);
      await Promise.all([call, unknown]);
    }));

  it('gives an ordinary promise', () =>
    withServer(async ({ server, client }) => {
      server.expose('service', echo);
      const api = client.api<Echo>('service');
      for (let i = 0; i < 2; i++) {
        const call = api.echo(i);
        expect(Object.getPrototypeOf(call)).to.equal(Promise.prototype);
        expect(await call.then((value) => [value])).to.deep.equal([i]);
      }
    }));

  it('K9 rejects in a loop over a call whose result is no stream, and only there', () =>
    withServer(async ({ server, client }) => {
      server.expose('service', echo);
      const api = client.api<{ echo(value: unknown): AsyncIterable<unknown> }>('service');
      const loop = async (): Promise<void> => {
        for await (const item of api.echo(5)) expect.fail(`there was ${String(item)}`);
      };
      // Once as a method of which nothing is known, once as one that returns values.
      for (let i = 0; i < 2; i++) {
        const error = await rejectionOf(loop(), MisuseError);
        expect(error.message).to.match(/the result of service\/echo is no stream/);
      }
    }));

  it('K9 rejects in a loop over a call that fails, and only there', () =>
    withServer(async ({ client }) => {
      const api = client.api<{ missing(): AsyncIterable<unknown> }>('service');
      const loop = async (): Promise<void> => {
        for await (const item of api.missing()) expect.fail(`there was ${String(item)}`);
      };
      await rejectionOf(loop(), UnknownVerbError);
    }));

  it('fails a call whose arguments can not be sent, with their path', () =>
    withServer(async ({ server, client }) => {
      server.expose('service', echo);
      const api = client.api<Echo>('service');
      const error = await rejectionOf(api.echo({ f: () => 1 }), SerializationError);
      expect(error.path).to.equal('[0].f');
      expect(await api.echo(1)).to.equal(1);
    }));

  it('K10 fails calls when the client is closed, whether or not they were sent', () =>
    withServer(async ({ server, client }) => {
      server.expose('service', { echo: () => new Promise(() => {}), other: () => 1 });
      const api = client.api<Echo>('service');
      const sent = api.echo(1);
      await api.other(1);
      const unsent = api.echo(2);
      const ends = Promise.all([rejectionOf(sent, ClosedError), rejectionOf(unsent, ClosedError)]);
      await client.abort();
      await ends;
      await rejectionOf(api.echo(3), ClosedError);
    }));

  for (const name of ['', 'a/b', 'a\n']) {
    it(`refuses ${JSON.stringify(name)} as the name of a service`, () =>
      withServer(({ client }) => {
        expect(() => client.api(name)).to.throw(MisuseError, /can't be named/);
      }));
  }

  it('can await a proxy without calling anything', async () => {
    const client = createClient({ host: '127.0.0.1', port: 1 });
    const api = client.api<Echo>('service');
    expect(await Promise.resolve(api)).to.equal(api);
    expect(client.stats.pending).to.equal(0);
    await client.abort();
  });
});
