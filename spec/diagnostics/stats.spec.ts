import { expect } from 'chai';

import {
  addStats,
  MetricsRegistry,
  type StatValues,
  zeroStats,
} from '../../lib/diagnostics/stats.ts';

function stats(values: Partial<StatValues>): StatValues {
  return { ...zeroStats(), ...values };
}

describe('base/stats', () => {
  it('adds each count to its namesake', () => {
    const total = stats({ replied: 1, delayTotal: 0.5 });
    addStats(total, stats({ replied: 2, delayTotal: 0.25, timeout: 3 }));
    expect(total).to.deep.equal(stats({ replied: 3, delayTotal: 0.75, timeout: 3 }));
  });

  describe('MetricsRegistry', () => {
    it('A6-stats sums up what lives by domain, as it is now', () => {
      const registry = new MetricsRegistry();
      const first = stats({ connections: 1 });
      const second = stats({ connections: 1, sentMessages: 5 });
      registry.add('a', first);
      registry.add('a', second);
      registry.add('b', stats({ connections: 1, sentMessages: 70 }));
      first.sentMessages = 2;
      expect(registry.totals('a')).to.include({ connections: 2, sentMessages: 7 });
      expect(registry.totals('b')).to.include({ connections: 1, sentMessages: 70 });
      expect(registry.domains()).to.deep.equal(['a', 'b']);
    });

    it('A6-stats keeps the counts of a connection that is gone, but not what it waited for', () => {
      const registry = new MetricsRegistry();
      const gone = stats({ connections: 1, sentMessages: 4, pending: 2, waitReply: 3 });
      registry.add('a', gone);
      registry.remove('a', gone);
      registry.remove('a', gone);
      gone.sentMessages = 99;
      expect(registry.totals('a')).to.deep.equal(stats({ sentMessages: 4 }));
      expect(registry.domains()).to.deep.equal(['a']);
    });

    it('knows nothing of a domain that it has not seen, and gives copies', () => {
      const registry = new MetricsRegistry();
      registry.remove('a', zeroStats());
      expect(registry.domains()).to.deep.equal([]);
      registry.add('a', stats({ replied: 1 }));
      registry.totals('a').replied = 9;
      expect(registry.totals('a').replied).to.equal(1);
    });
  });
});
