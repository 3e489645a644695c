import { expect } from 'chai';

import { OptionError } from '../../lib/errors/errors.ts';
import {
  RECONNECT,
  type ReconnectOptions,
  resolveReconnect,
} from '../../lib/session/reconnect-options.ts';

const DEFAULTS = {
  minDelayMs: 100,
  maxDelayMs: 10_000,
  maxAttempts: Infinity,
  giveUpAfterMs: Infinity,
  stableAfterMs: 15_000,
};

describe('the option reconnect', () => {
  it('L16 is on by default, and off if it is false', () => {
    for (const given of [undefined, true, {}]) {
      expect(resolveReconnect(given)).to.deep.equal(DEFAULTS);
    }
    expect(resolveReconnect(false)).to.equal(undefined);
  });

  it('takes what is given over the defaults', () => {
    expect(resolveReconnect({ minDelayMs: 1, maxAttempts: 3 })).to.deep.equal({
      ...DEFAULTS,
      minDelayMs: 1,
      maxAttempts: 3,
    });
  });

  it('refuses numbers out of bounds, and names that it does not have', () => {
    for (const [given, option] of [
      [{ minDelayMs: 0 }, 'reconnect.minDelayMs'],
      [{ maxDelayMs: Infinity }, 'reconnect.maxDelayMs'],
      [{ maxDelayMs: 99 }, 'reconnect.minDelayMs'],
      [{ maxAttempts: 0 }, 'reconnect.maxAttempts'],
      [{ giveUpAfterMs: -1 }, 'reconnect.giveUpAfterMs'],
      [{ stableAfterMs: Number.NaN }, 'reconnect.stableAfterMs'],
      [{ maxDelay: 5 }, 'reconnect.maxDelay'],
    ] as const) {
      expect(() => resolveReconnect(given as ReconnectOptions), option)
        .to.throw(OptionError)
        .with.property('option', option);
    }
  });

  it('is of a kind: true, false or an object', () => {
    for (const good of [true, false, {}]) expect(RECONNECT(good)).to.equal(undefined);
    for (const bad of [null, 'yes', 5])
      expect(RECONNECT(bad)).to.contain('true, false or an object');
  });
});
