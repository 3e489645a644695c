import { expect } from 'chai';

import { DEFAULT_LIMITS, type Limits, resolveLimits } from '../../lib/settings/limits.ts';
import { OptionError } from '../../lib/errors/errors.ts';

const NAMES = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[];
/** These depend on each other. */
const PINGS: ReadonlySet<keyof Limits> = new Set<keyof Limits>(['pingIntervalMs', 'pingTimeoutMs']);
/** These may be 0, which mostly means "at once" or "none". */
const MAY_BE_ZERO: ReadonlySet<keyof Limits> = new Set<keyof Limits>([
  'maxRequestBytes',
  'maxReplyBytes',
  'maxStreamMessageBytes',
  'maxSkipBytes',
  'lingerBytes',
  'lingerMs',
  'finishTimeoutMs',
  'orphanTimeoutMs',
  'maxChildren',
  'sessionRetainBytes',
  'maxMetadataBytes',
  'maxParked',
  'writeStallTimeoutMs',
]);

function refusal(given: object): OptionError {
  try {
    resolveLimits(given);
  } catch (error) {
    if (error instanceof OptionError) return error;
    throw error;
  }
  return expect.fail(`${JSON.stringify(given)} was taken`);
}

describe('connection/limits', () => {
  it('E2 has a finite default for every limit, but for the messages that are counted in bytes anyway', () => {
    const endless = NAMES.filter((name) => !Number.isSafeInteger(DEFAULT_LIMITS[name]));
    expect(endless).to.deep.equal(['sourceBudgetMessages']);
    expect(resolveLimits()).to.deep.equal(DEFAULT_LIMITS);
    expect(DEFAULT_LIMITS).to.be.frozen;
  });

  it('E2 has the defaults that are written down', () => {
    expect(DEFAULT_LIMITS).to.include({
      handshakeTimeoutMs: 10_000,
      maxRequestBytes: 16_777_216,
      maxStreamMessageBytes: 16_777_216,
      maxChildren: 1_024,
      childIdleMs: 30_000,
    });
  });

  it('takes what is given over the defaults, and skips what is given as undefined', () => {
    // Callers without exact optional types hand undefined through.
    const given = { maxChildren: 3, lingerMs: undefined } as unknown as Partial<Limits>;
    expect(resolveLimits(given)).to.deep.equal({ ...DEFAULT_LIMITS, maxChildren: 3 });
    expect(resolveLimits(given)).to.be.frozen;
  });

  for (const name of NAMES.filter((other) => !PINGS.has(other))) {
    it(`E2 ${name} is a whole number within its bounds`, () => {
      const least = MAY_BE_ZERO.has(name) ? 0 : 1;
      expect(resolveLimits({ [name]: least })[name]).to.equal(least);
      expect(refusal({ [name]: least - 1 }).option).to.equal(`limits.${name}`);
      for (const value of [1.5, NaN, -Infinity, '5', null, 2 ** 60]) {
        expect(refusal({ [name]: value }).option).to.equal(`limits.${name}`);
      }
      const isEndless = name === 'sourceBudgetMessages' || name === 'maxErrorTextBytes';
      if (isEndless) expect(resolveLimits({ [name]: Infinity })[name]).to.equal(Infinity);
      else expect(refusal({ [name]: Infinity }).message).to.match(/must be a whole number/);
    });
  }

  it('B2-7 pings are never, or every 100 ms at most, and are waited for longer than that', () => {
    const never = { pingIntervalMs: 0, pingTimeoutMs: 1 };
    expect(resolveLimits(never)).to.include(never);
    const often = { pingIntervalMs: 100, pingTimeoutMs: 101 };
    expect(resolveLimits(often)).to.include(often);
    for (const pingIntervalMs of [-1, 1, 99, 1.5, NaN, Infinity, '5']) {
      expect(refusal({ pingIntervalMs }).option).to.equal('limits.pingIntervalMs');
    }
    for (const pingTimeoutMs of [0, 10_000, NaN, Infinity]) {
      const { message, option } = refusal({ pingTimeoutMs });
      expect(option).to.equal('limits.pingTimeoutMs');
      expect(message).to.match(/must be a whole number from (?:1|10001) on/);
    }
  });

  it('E2 keeps lengths below what the wire uses as marks', () => {
    for (const name of ['maxStreamMessageBytes', 'maxRequestBytes', 'maxReplyBytes'] as const) {
      expect(resolveLimits({ [name]: 0xffff_fff0 })[name]).to.equal(0xffff_fff0);
      expect(refusal({ [name]: 0xffff_fff1 }).message).to.match(/to 4294967280, not 4294967281/);
    }
  });

  it('refuses an option that does not exist, also one that every object has', () => {
    expect(refusal({ maxRequestByte: 1 }).message).to.match(/no such option/);
    expect(refusal({ toString: 1 }).option).to.equal('limits.toString');
  });
});
