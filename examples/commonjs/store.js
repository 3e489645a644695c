'use strict';

const { EventEmitter, once } = require('node:events');
const { callContext } = require('sluice');

/** Values by key. Every change is told to all who watch. */
class Store {
  /** @type {Map<string, string>} */
  #values = new Map();
  #changes = new EventEmitter().setMaxListeners(0);
  #reads = 0;

  /** @param {string} key */
  get(key) {
    this.#reads++;
    return this.#values.get(key);
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  set(key, value) {
    this.#values.set(key, value);
    this.#changes.emit('change', key);
  }

  /** How often a value was asked for. */
  reads() {
    return this.#reads;
  }

  /** The keys of all changes from now on. The first item says that the watch has begun. */
  async *watch() {
    const { signal } = callContext();
    /** @type {string[]} */
    const keys = [''];
    /** @param {string} key */
    const note = (key) => void keys.push(key);
    this.#changes.on('change', note);
    try {
      for (;;) {
        for (let key; (key = keys.shift()) !== undefined;) yield key;
        await once(this.#changes, 'change', { signal });
      }
    } finally {
      this.#changes.off('change', note);
    }
  }
}

exports.Store = Store;
