import { expect } from 'chai';

import { type HandshakeEvent, tellHandshake } from '../../lib/diagnostics/handshake-channels.ts';
import { ManualClock } from '../../lib/simulation/manual-clock.ts';
import { published } from '../support/published.ts';

const CHANNELS = ['start', 'end', 'failed'].map((name) => `sluice:handshake:${name}`);

describe('tellHandshake', () => {
  it('X11 makes nothing where nobody listens', () => {
    expect(tellHandshake('client', 'host:1', new ManualClock())).to.equal(undefined);
  });

  it('X11 tells start and end with one object, and how long it took', async () => {
    const clock = new ManualClock();
    const events = await published<HandshakeEvent>(CHANNELS, () => {
      const tellEnd = tellHandshake('client', 'host:1', clock);
      clock.advance(7);
      tellEnd?.();
    });
    expect(events.map(([name, event]) => [name, event])).to.deep.equal([
      ['sluice:handshake:start', { side: 'client', peer: 'host:1' }],
      ['sluice:handshake:end', { side: 'client', peer: 'host:1', durationMs: 7 }],
    ]);
    expect(events[0]?.[2]).to.equal(events[1]?.[2]);
  });

  it('X11 tells why one has failed, also to somebody who listens to failures alone', async () => {
    const error = new Error('no');
    const events = await published<HandshakeEvent>(['sluice:handshake:failed'], () => {
      tellHandshake('server', 'host:1', new ManualClock())?.(error);
    });
    expect(events.map(([, event]) => event)).to.deep.equal([
      { side: 'server', peer: 'host:1', durationMs: 0, error },
    ]);
  });
});
