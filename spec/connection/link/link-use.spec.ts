import { expect } from 'chai';

import { type LinkKind, LinkUse } from '../../../lib/connection/link/link-use.ts';
import type { ConnectionEvent } from '../../../lib/diagnostics/connection-channels.ts';
import type { Peer } from '../../../lib/transport/transport.ts';
import { published } from '../../support/published.ts';

const CHANNELS = [
  'sluice:connection:open',
  'sluice:connection:end',
  'sluice:child:open',
  'sluice:child:end',
  'sluice:lane:open',
  'sluice:lane:idle',
  'sluice:lane:end',
];
const PEER: Peer = { address: '192.0.2.1', port: 80, family: 'IPv4' };
const ID = 0x1234_5678_9abc_def0n;
const PARENT_ID = 0xabcn;

/** A link whose events count how often its facts are looked at. */
class TestLink {
  readonly peer = PEER;
  readonly ageMs = 5;
  readonly writer = { sentBytes: 20 };
  looks = 0;

  get receivedBytes(): number {
    this.looks++;
    return 10;
  }
}

describe('LinkUse', () => {
  it('X11 tells of each kind on channels of its own, with one object', async () => {
    for (const kind of ['connection', 'child', 'lane'] as const) {
      const link = new TestLink();
      const use = new LinkUse(kind, 'client', ID, PARENT_ID);
      const events = await published<ConnectionEvent>(CHANNELS, () => {
        use.onOpened(link);
        use.onClosed(link, undefined);
      });
      expect(events.map(([name]) => name)).to.deep.equal([
        `sluice:${kind}:open`,
        `sluice:${kind}:end`,
      ]);
      expect(events[0]?.[2]).to.equal(events[1]?.[2]);
      expect(events[1]?.[1]).to.deep.equal({
        side: 'client',
        peer: '192.0.2.1:80',
        id: '…bcdef0',
        parentId: '…000abc',
        receivedBytes: 10,
        sentBytes: 20,
        ageMs: 5,
        streams: 0,
      });
    }
  });

  it('X11 tells of a lane that is idle, with the streams that it has carried', async () => {
    const use = new LinkUse('lane', 'server', undefined);
    use.streams = 2;
    const [event] = await published<ConnectionEvent>(CHANNELS, () => use.onIdle(new TestLink()));
    expect(event?.[0]).to.equal('sluice:lane:idle');
    expect(event?.[1]).to.include({ side: 'server', id: undefined, streams: 2 });
  });

  it('X11 says why it ended, also to somebody who listens to ends alone', async () => {
    const cause = new Error('lost');
    const use = new LinkUse('connection', 'server', ID);
    const link = new TestLink();
    use.onOpened(link);
    const [event] = await published<ConnectionEvent>(['sluice:connection:end'], () =>
      use.onClosed(link, cause),
    );
    expect(event?.[1].cause).to.equal(cause);
  });

  it('X11 looks at nothing and makes nothing where nobody listens', () => {
    const link = new TestLink();
    const kinds: LinkKind[] = ['connection', 'child', 'lane'];
    for (const kind of kinds) {
      const use = new LinkUse(kind, 'client', ID);
      use.onOpened(link);
      use.onIdle(link);
      use.onClosed(link, new Error('lost'));
    }
    expect(link.looks).to.equal(0);
  });
});
