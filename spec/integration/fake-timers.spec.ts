import { expect } from 'chai';

import type { Api } from '../../lib/index.ts';
import { blobOf, receiveBytes } from '../../lib/blob.ts';
import { TimeoutError } from '../../lib/errors/errors.ts';
import { rejectionOf } from '../support/rejection.ts';
import { withServer } from '../support/with-server.ts';

/** Beyond what a socket may read in one turn of the loop. */
const CONTENT = Buffer.alloc(1_000_000, 'content');

class Service {
  hello(): string {
    return 'hello';
  }

  async *count(): AsyncGenerator<number> {
    for (let i = 1; i <= 3; i++) yield await Promise.resolve(i);
  }

  file(): ReturnType<typeof blobOf> {
    return blobOf(CONTENT);
  }

  async silent(): Promise<void> {
    await new Promise(() => {});
  }
}

/** The functions that tests fake. */
type Faked = 'setTimeout' | 'setImmediate' | 'queueMicrotask' | 'nextTick';

/** Puts functions in the place of Node's, which keep what they are given and call nothing back. */
class Fakes {
  /** What waits for time. */
  readonly timers: (() => void)[] = [];
  readonly #turns: (() => void)[] = [];
  readonly #real = { setTimeout, setImmediate, queueMicrotask };
  readonly #realNextTick = process.nextTick.bind(process);

  install(...names: Faked[]): void {
    for (const name of names) {
      const kept = name === 'setTimeout' ? this.timers : this.#turns;
      const fake = (callback: (...args: unknown[]) => void, ...args: unknown[]): object => {
        kept.push(() => callback(...args));
        return { ref: () => {}, unref: () => {} };
      };
      Object.assign(name === 'nextTick' ? process : globalThis, { [name]: fake });
    }
  }

  /** Puts Node's functions back, and runs what Node itself put off meanwhile. */
  remove(): void {
    Object.assign(globalThis, this.#real);
    process.nextTick = this.#realNextTick;
    for (const turn of this.#turns) turn();
  }
}

async function useAll(api: Api<Service>): Promise<void> {
  expect(await api.hello()).to.equal('hello');
  const items: number[] = [];
  for await (const item of api.count()) items.push(item);
  expect(items).to.deep.equal([1, 2, 3]);
  expect(CONTENT.equals(await receiveBytes(api.file())), 'the blob').to.equal(true);
}

describe('faked timers', () => {
  it('hang no call, stream or blob, and no new connection', async () => {
    await withServer(async ({ server, client, connect }) => {
      server.expose('service', new Service());
      const fakes = new Fakes();
      fakes.install('setTimeout', 'setImmediate', 'queueMicrotask');
      try {
        await useAll(client.api<Service>('service'));
        await useAll((await connect()).api<Service>('service'));
      } finally {
        fakes.remove();
      }
    });
  });

  it('hang nothing on open connections where process.nextTick is faked as well', async () => {
    await withServer(async ({ server, client }) => {
      server.expose('service', new Service());
      const api = client.api<Service>('service');
      await useAll(api);
      const fakes = new Fakes();
      // Node's own sockets connect and close by nextTick.
      fakes.install('setTimeout', 'setImmediate', 'queueMicrotask', 'nextTick');
      try {
        await useAll(api);
      } finally {
        fakes.remove();
      }
    });
  });

  it('are what a limit of time waits for', async () => {
    await withServer(async ({ server, client }) => {
      server.expose('service', new Service());
      const fakes = new Fakes();
      fakes.install('setTimeout');
      try {
        const silent = client.api<Service>('service', { timeoutMs: 3_600_000 }).silent();
        const late = rejectionOf(silent, TimeoutError);
        await useAll(client.api<Service>('service'));
        fakes.timers[0]!();
        await late;
      } finally {
        fakes.remove();
      }
    });
  });
});
