'use strict';

const { equal } = require('node:assert/strict');
const { once } = require('node:events');
const { isRpcError, listen } = require('sluice');

const { NearCache } = require('./near-cache.js');
const { Store } = require('./store.js');

const READS = 1_000;

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

async function main() {
  const server = await listen({ host: '127.0.0.1', port: 0 });
  server.expose('store', new Store());
  const [near, writer] = await Promise.all([
    NearCache.open(server.address.port),
    NearCache.open(server.address.port),
  ]);

  for (const price of ['4', '5', '6']) {
    const forgotten = once(near, 'forgotten');
    await writer.store.set('tea', price);
    await forgotten;
    for (let reads = 0; reads < READS; reads++) equal(await near.get('tea'), price);
  }
  equal(await writer.store.reads(), 3, 'one read of the store for each change');

  // @ts-expect-error -- the store has no such method
  const error = await writer.store.remove('tea').catch((/** @type {unknown} */ reason) => reason);
  equal(isRpcError(error) && error.code, 'ERR_UNKNOWN_VERB');

  await Promise.all([near.close(), writer.close()]);
  await server.close();
  console.log(`commonjs: a near cache has answered ${3 * READS} reads by 3 of its store's`);
}
