import { expect } from 'chai';
import dns, { type LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { join, relative } from 'node:path';

import { connect, listen } from '../../lib/index.ts';
import { withFolder } from '../support/blobs.ts';
import { TestAuthority } from '../support/certificates.ts';
import { until } from '../support/turns.ts';
import { WatchedTransport } from '../support/watched-transport.ts';

const HOST = 'replicas.test';

class Service {
  hello(): string {
    return 'hello';
  }

  async *count(): AsyncGenerator<number> {
    yield await Promise.resolve(1);
    yield 2;
  }
}

/** Runs a test in which names stand for these addresses, one after another, and the last one from then on. */
async function resolvingTo(
  addresses: readonly string[],
  run: (asked: string[]) => Promise<void>,
): Promise<void> {
  const real = dns.lookup;
  const asked: string[] = [];
  const answer = (
    host: string,
    { all }: { all?: boolean },
    callback: (error: null, found: string | LookupAddress[], family?: number) => void,
  ): void => {
    asked.push(host);
    const address = addresses[Math.min(asked.length, addresses.length) - 1]!;
    const family = address.includes(':') ? 6 : 4;
    if (all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
  Object.assign(dns, { lookup: answer });
  try {
    await run(asked);
  } finally {
    Object.assign(dns, { lookup: real });
  }
}

async function useStream(port: number, tls?: object): Promise<void> {
  const safety = tls === undefined ? { insecure: true } : { tls };
  await using client = await connect({ host: HOST, port, ...safety });
  const items: number[] = [];
  for await (const item of client.api<Service>('service').count()) items.push(item);
  expect(items).to.deep.equal([1, 2]);
}

describe('the address of a client', () => {
  it('S-S1 is that which its main connection reached, for its streams too', async () => {
    await using one = await listen({ host: '127.0.0.1', port: 0 });
    const { port } = one.address;
    await using other = await listen({ host: '127.0.0.2', port });
    for (const server of [one, other]) server.expose('service', new Service());
    await resolvingTo(['127.0.0.1', '127.0.0.2'], async (asked) => {
      await useStream(port);
      expect(asked, 'asked for').to.deep.equal([HOST]);
      await useStream(port);
      expect(asked, 'by the next client').to.deep.equal([HOST, HOST]);
    });
  });

  it('Two addresses: each connection asks anew, once for itself and its streams', async () => {
    await using one = await listen({ host: '127.0.0.1', port: 0, sessionKeepMs: 0 });
    const { port } = one.address;
    await using other = await listen({ host: '127.0.0.2', port, sessionKeepMs: 0 });
    for (const server of [one, other]) server.expose('service', new Service());
    await resolvingTo(['127.0.0.1', '127.0.0.2'], async (asked) => {
      const reconnect = { minDelayMs: 1, maxDelayMs: 5 };
      await using client = await connect({ host: HOST, port, insecure: true, reconnect });
      const api = client.api<Service>('service');
      for (const server of [one, other]) {
        const items: number[] = [];
        for await (const item of api.count()) items.push(item);
        expect(items).to.deep.equal([1, 2]);
        expect(server.snapshot().connections.map(({ lanes }) => lanes)).to.deep.equal([1]);
        const next = once(client, 'reconnecting');
        server.abortConnection(client.connectionId ?? 0n);
        await next;
        await client.whenReady();
      }
      expect(asked, 'asked for').to.deep.equal([HOST, HOST, HOST]);
    });
  });

  it('Two addresses: old one resumes, and is not asked for', async () => {
    await using one = await listen({ host: '127.0.0.1', port: 0 });
    const { port } = one.address;
    await using other = await listen({ host: '127.0.0.2', port });
    for (const server of [one, other]) server.expose('service', new Service());
    await resolvingTo(['127.0.0.1', '127.0.0.2'], async (asked) => {
      const network = new WatchedTransport();
      const reconnect = { minDelayMs: 1, maxDelayMs: 5 };
      const options = { host: HOST, port, insecure: true, reconnect, network };
      await using client = await connect(options);
      const resumed: boolean[] = [];
      client.on('connected', (event) => void resumed.push(event.resumed));
      for (let round = 1; round <= 3; round++) {
        for (const socket of network.sockets) socket.reset();
        await until(() => resumed.length === round);
        const items: number[] = [];
        for await (const item of client.api<Service>('service').count()) items.push(item);
        expect(items).to.deep.equal([1, 2]);
      }
      expect(resumed).to.deep.equal([true, true, true]);
      expect(asked, 'asked for').to.deep.equal([HOST]);
      expect(other.stats.connections).to.equal(0);
    });
  });

  it('S-S1 is of the family that its main connection has', async () => {
    await using server = await listen({ port: 0, insecure: true });
    server.expose('service', new Service());
    await resolvingTo(['::1', '127.0.0.1'], () => useStream(server.address.port));
  });

  it('S-S1 is dialed for streams while TLS asks for the name', async () => {
    const authority = await TestAuthority.create();
    const tls = await authority.issue({ names: [HOST], addresses: [] });
    await using server = await listen({ host: '127.0.0.1', port: 0, tls });
    server.expose('service', new Service());
    await resolvingTo(['127.0.0.1', '127.0.0.2'], async (asked) => {
      await useStream(server.address.port, { ca: authority.cert });
      expect(asked).to.deep.equal([HOST]);
    });
  });

  it('S-S1 is the unix socket that its path meant at first, though the process has changed its folder', async () => {
    await withFolder(async (folder) => {
      const here = process.cwd();
      const path = relative(here, join(folder, 'socket'));
      await using server = await listen({ path });
      server.expose('service', new Service());
      await using client = await connect({ path });
      try {
        process.chdir('/');
        const items: number[] = [];
        for await (const item of client.api<Service>('service').count()) items.push(item);
        expect(items).to.deep.equal([1, 2]);
      } finally {
        process.chdir(here);
      }
    });
  });
});
