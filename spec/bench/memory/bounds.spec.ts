import { expect } from 'chai';

import { judgeStalled } from '../../../bench/memory/stalled.ts';
import { judgeVanished, type VanishedCase } from '../../../bench/memory/vanished.ts';

const MIB = 1_048_576;

const GROWN = { peak: 48 * MIB, settled: 20 * MIB };

describe('judgeStalled', () => {
  const within = { madeItems: 258, producer: GROWN, consumer: GROWN };

  it('lets each process take its window and 32 MiB', () => {
    expect(judgeStalled(within)).to.deep.equal([]);
  });

  it('notices a source that is asked for more than the window', () => {
    expect(judgeStalled({ ...within, madeItems: 259 })).to.deep.equal([
      '259 items were made, of 258',
    ]);
    expect(judgeStalled({ ...within, madeItems: Number.NaN })).to.have.length(1);
  });

  it('notices memory that was taken for a while, or for good, on either side', () => {
    const peak = { peak: 49 * MIB, settled: 0 };
    const settled = { peak: 0, settled: 49 * MIB };
    expect(judgeStalled({ ...within, producer: peak, consumer: settled })).to.deep.equal([
      'the producer has grown by 49.0 MiB',
      'the consumer has grown by 49.0 MiB',
    ]);
    const unknown = { peak: Number.NaN, settled: 0 };
    expect(judgeStalled({ ...within, producer: unknown })).to.have.length(1);
  });
});

describe('judgeVanished', () => {
  const chosen: VanishedCase = {
    leftover: 'stream',
    streamBytes: 1,
    clients: 20,
    sessionKeepMs: 1,
    maxAwaySessions: 10,
    maxAwaySessionBytes: 64 * MIB,
    bound: 'number',
  };
  const within = {
    maxSessions: 10,
    maxBytes: 96 * MIB,
    maxRssBytes: 0,
    sessionsAfter: 0,
    bytesAfter: 32 * MIB,
    seconds: 1,
  };

  it('lets a server keep what its options say, and nothing later', () => {
    expect(judgeVanished(within, chosen)).to.deep.equal([]);
    expect(judgeVanished(within, { ...chosen, bound: 'bytes' })).to.deep.equal([]);
  });

  it('notices more sessions or bytes than that', () => {
    const more = { ...within, maxSessions: 11, maxBytes: 97 * MIB };
    expect(judgeVanished(more, { ...chosen, bound: 'bytes' })).to.deep.equal([
      '11 sessions were kept',
      '97.0 MiB were kept',
    ]);
  });

  it('notices what is left when nobody may come back', () => {
    const left = { ...within, sessionsAfter: 1, bytesAfter: 33 * MIB };
    expect(judgeVanished(left, chosen)).to.deep.equal(['1 sessions are left', '33.0 MiB are left']);
    expect(judgeVanished({ ...within, bytesAfter: Number.NaN }, chosen)).to.have.length(1);
  });

  it('proves nothing by a bound that was not reached', () => {
    const few = { ...within, maxSessions: 9, maxBytes: 31 * MIB };
    for (const bound of ['number', 'bytes'] as const) {
      expect(judgeVanished(few, { ...chosen, bound })).to.deep.equal([
        `the bound of ${bound} was not reached: keep them longer`,
      ]);
    }
  });
});
