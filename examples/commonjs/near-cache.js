'use strict';

const { EventEmitter } = require('node:events');
const { connect } = require('sluice');

/**
 * Keeps values near, and forgets those that change at the server. Emits `forgotten` with the key.
 *
 * @extends {EventEmitter<{ forgotten: [string] }>}
 */
class NearCache extends EventEmitter {
  /** @type {Map<string, string | undefined>} */
  #values = new Map();

  #client;
  #changes;
  #watching;
  #isClosed = false;

  /**
   * @param {import('sluice').Client} client
   * @param {import('sluice').Api<import('./store.js').Store>} store
   * @param {import('sluice').RemoteStream<string>} changes
   */
  constructor(client, store, changes) {
    super();
    this.#client = client;
    this.store = store;
    this.#changes = changes;
    this.#watching = this.#forgetChanges();
  }

  /** @param {number} port */
  static async open(port) {
    const client = await connect({ host: '127.0.0.1', port });
    /** @type {import('sluice').Api<import('./store.js').Store>} */
    const store = client.api('store');
    const changes = await store.watch();
    await changes.read(); // from here on no change is missed
    return new NearCache(client, store, changes);
  }

  /** @param {string} key */
  async get(key) {
    if (!this.#values.has(key)) this.#values.set(key, await this.store.get(key));
    return this.#values.get(key);
  }

  async close() {
    this.#isClosed = true;
    this.#changes.cancel();
    await this.#watching;
    await this.#client.close();
  }

  async #forgetChanges() {
    try {
      for (let step; !(step = await this.#changes.read()).done;) {
        this.#values.delete(step.value);
        this.emit('forgotten', step.value);
      }
    } catch (error) {
      // A stream that is canceled while its next item is waited for fails.
      if (!this.#isClosed) throw error;
    }
  }
}

exports.NearCache = NearCache;
