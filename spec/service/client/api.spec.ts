import { expect } from 'chai';
import { inspect } from 'node:util';

import { makeApi } from '../../../lib/service/client/api.ts';
import type { RemoteCall } from '../../../lib/service/client/remote-call.ts';

interface Member {
  (...args: unknown[]): RemoteCall;
  readonly [name: string]: Member;
  readonly [Symbol.asyncIterator]: () => AsyncIterator<unknown>;
}

/** A proxy that keeps the calls which it makes. */
function recordingApi(): {
  api: Record<string, Member>;
  calls: [string, ...unknown[]][];
  made: string[];
} {
  const calls: [string, ...unknown[]][] = [];
  const made: string[] = [];
  const api = makeApi('store', (path) => {
    made.push(path);
    return (...args) => {
      calls.push([path, ...args]);
      return Object.assign(Promise.resolve(path), {
        async *[Symbol.asyncIterator]() {
          yield path;
        },
      });
    };
  });
  return { api: api as Record<string, Member>, calls, made };
}

describe('service/api', () => {
  it('calls the method of its name with the arguments', async () => {
    const { api, calls } = recordingApi();
    expect(await api['get']?.('a', 1)).to.equal('get');
    expect(calls).to.deep.equal([['get', 'a', 1]]);
  });

  it('K5 calls methods of nested objects by their path', async () => {
    const { api, calls } = recordingApi();
    await api['admin']?.['disk']?.['compact']?.(1);
    await api['admin']?.();
    expect(calls).to.deep.equal([['admin.disk.compact', 1], ['admin']]);
  });

  it('makes each member once', () => {
    const { api, made } = recordingApi();
    expect(api['get']).to.equal(api['get']);
    expect(api['admin']?.['compact']).to.equal(api['admin']?.['compact']);
    expect(made).to.deep.equal(['get', 'admin', 'admin.compact']);
  });

  it('calls methods that are called as a function and its properties are', async () => {
    const { api, calls } = recordingApi();
    const admin = api['admin'];
    for (const name of ['name', 'length', 'prototype', 'caller', 'arguments']) {
      await api[name]?.();
      await admin?.[name]?.();
    }
    expect(calls).to.have.length(10);
    expect(calls).to.deep.include(['admin.prototype']);
  });

  it('is no promise, so that awaiting it ends and calls nothing', async () => {
    const { api, calls, made } = recordingApi();
    expect(await Promise.resolve(api)).to.equal(api);
    const member = api['admin'];
    expect(await Promise.resolve(member)).to.equal(member);
    expect(made).to.deep.equal(['admin']);
    expect(calls).to.deep.equal([]);
  });

  it('can be printed, and turned into text or JSON, without a call', () => {
    const { api, calls, made } = recordingApi();
    const member = api['admin'];
    expect(inspect(api)).to.equal('[Api store]');
    expect(inspect({ api, member })).to.equal('{ api: [Api store], member: [Api store/admin] }');
    expect(Object.prototype.toString.call(api)).to.equal('[object Object]');
    expect(`${String(member)}`).to.be.a('string');
    expect(JSON.stringify({ api, member })).to.equal('{"api":{}}');
    expect(Object.keys(api)).to.deep.equal([]);
    expect({ ...api }).to.deep.equal({});
    expect(api instanceof Promise).to.equal(false);
    expect('get' in api).to.equal(false);
    expect(made).to.deep.equal(['admin']);
    expect(calls).to.deep.equal([]);
  });

  it('E1 answers names that every object has by itself', () => {
    const { api, made } = recordingApi();
    expect(api.constructor).to.equal(Object);
    expect(api.hasOwnProperty('get')).to.equal(false);
    expect(Reflect.get(api, '__proto__')).to.be.an('object');
    expect(Reflect.get(api, 'toJSON')).to.equal(undefined);
    expect(Reflect.get(api, Symbol.toPrimitive)).to.equal(undefined);
    expect(made).to.deep.equal([]);
  });

  it('hands methods to code that expects functions', async () => {
    const { api, calls } = recordingApi();
    const get = api['get'] as (...args: unknown[]) => unknown;
    expect(get).to.be.a('function');
    expect(get instanceof Function).to.equal(true);
    await get.apply(undefined, [1]);
    await get.call(undefined, 2);
    await get.bind(undefined, 3)();
    await Promise.all([4].map(get));
    expect(calls).to.deep.equal([
      ['get', 1],
      ['get', 2],
      ['get', 3],
      ['get', 4, 0, [4]],
    ]);
  });

  it('K9 iterates over a property by calling it without arguments', async () => {
    const { api, calls } = recordingApi();
    const items: unknown[] = [];
    const { feed } = api;
    for await (const item of feed?.['ticks'] ?? []) items.push(item);
    expect(items).to.deep.equal(['feed.ticks']);
    expect(calls).to.deep.equal([['feed.ticks']]);
  });

  it('can not be written to', () => {
    const { api } = recordingApi();
    expect(() => Object.assign(api, { get: 5 })).to.throw(TypeError);
    expect(() => Object.assign(api['admin'] ?? {}, { get: 5 })).to.throw(TypeError);
    expect(api['get']).to.be.a('function');
    expect(() => Object.assign(api, { get: 5 })).to.throw(TypeError);
  });
});
