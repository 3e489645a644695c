import { expect } from 'chai';

import { MetricsRegistry } from '../../../lib/diagnostics/stats.ts';
import { ClientMetrics } from '../../../lib/call/client/client-metrics.ts';

describe('ClientMetrics', () => {
  it('counts as one connection of each of its domains until it is closed, and its counts stay', () => {
    const registry = new MetricsRegistry();
    const metrics = new ClientMetrics(registry, 'mine');
    metrics.stats.replied = 3;
    metrics.streamStats.sentMessages = 4;
    expect(registry.totals('mine')).to.include({ connections: 1, replied: 3 });
    expect(registry.totals('mine_stream')).to.include({ connections: 1, sentMessages: 4 });
    metrics.close();
    expect(registry.totals('mine')).to.include({ connections: 0, replied: 3 });
    expect(registry.totals('mine_stream')).to.include({ connections: 0, sentMessages: 4 });
  });
});
