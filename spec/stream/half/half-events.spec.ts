import { expect } from 'chai';

import type { CallEvent, StreamEvent } from '../../../lib/diagnostics/channels.ts';
import { WatchedCall } from '../../../lib/diagnostics/watched-call.ts';
import type { StreamFigures } from '../../../lib/diagnostics/stream-figures.ts';
import { tellHalf, valueEvent } from '../../../lib/stream/half/half-events.ts';
import { HalfState } from '../../../lib/stream/half/half-state.ts';
import { ToldStream } from '../../../lib/stream/half/told-stream.ts';
import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import { published } from '../../support/published.ts';

const CHANNELS = ['sluice:stream:start', 'sluice:stream:finish'];
const CALL: CallEvent = {
  side: 'server',
  verb: 3,
  method: undefined,
  metadata: undefined,
  peer: '127.0.0.1:4711',
  connectionId: undefined,
  callId: undefined,
};
const ID = 0x1234_5678_9abc_def0n;
const WAITED = { producer: 1, budget: 2, network: 3, reader: 4 };

/** A half that counts how often it is asked. */
class TestHalf {
  asked = 0;

  onChange(): void {
    // Nobody reads it.
  }

  figures(): StreamFigures {
    this.asked++;
    const figures = { items: 5, bytes: 60, bufferedBytes: 0, budgetBytes: 100, ageMs: 9 };
    return { ...figures, waitsFor: undefined, waitedMs: WAITED };
  }
}

function opened(): HalfState {
  const state = new HalfState();
  state.open();
  return state;
}

describe('tellHalf', () => {
  it('X11 makes nothing and asks nothing where nobody listens', () => {
    const half = new TestHalf();
    const state = opened();
    expect(tellHalf('producer', ID, state, half)).to.equal(undefined);
    expect(state.onOver).to.equal(undefined);
    state.finish();
    expect(half.asked).to.equal(0);
  });

  it('X11 tells start and finish of a verb’s stream once, with one object', async () => {
    const events = await published<StreamEvent>(CHANNELS, () => {
      const state = opened();
      tellHalf('producer', ID, state, new TestHalf())?.start(undefined);
      state.finish();
      state.finish();
      state.abort(new Error('late'), 'local');
    });
    expect(events.map(([name]) => name)).to.deep.equal(CHANNELS);
    expect(events[0]?.[2]).to.equal(events[1]?.[2]);
    const start = { side: 'producer', kind: 'verb', number: undefined, id: '…bcdef0' };
    expect(events[0]?.[1]).to.include(start);
    expect(events[1]?.[1]).to.deep.equal({
      ...start,
      call: undefined,
      items: 5,
      lastItemBytes: 0,
      bytes: 60,
      waitedMs: WAITED,
      error: undefined,
    });
  });

  it('X11 says why it failed, also of one that had failed before', async () => {
    const cause = new Error('lost');
    const events = await published<StreamEvent>(CHANNELS, () => {
      const one = opened();
      tellHalf('consumer', ID, one, new TestHalf())?.start(undefined);
      one.abort(cause, 'remote');
      const other = opened();
      other.abort(cause, 'remote');
      tellHalf('consumer', ID, other, new TestHalf())?.start(undefined);
    });
    expect(events.map(([name, { error }]) => [name.slice(14), error])).to.deep.equal([
      ['start', undefined],
      ['finish', cause],
      ['start', undefined],
      ['finish', cause],
    ]);
  });
});

describe('ToldHalf', () => {
  it('X11 waits with its start for the call that names it, and tells it ahead of the finish at the latest', async () => {
    const call = new WatchedCall(CALL, new ManualClock());
    const events = await published<StreamEvent>(CHANNELS, () => {
      const one = opened();
      const told = tellHalf('consumer', ID, one, new TestHalf());
      told?.start(call);
      told?.start(undefined);
      const other = opened();
      expect(tellHalf('consumer', ID, other, new TestHalf())).to.not.equal(undefined);
      other.finish();
    });
    expect(events.map(([name, { call: of }]) => [name.slice(14), of])).to.deep.equal([
      ['start', CALL],
      ['start', undefined],
      ['finish', undefined],
    ]);
  });
});

describe('tellFinish', () => {
  it('X11 fills the event of a stream in a value, and asks nothing where nobody listens', async () => {
    const half = new TestHalf();
    new ToldStream(valueEvent('consumer', 7, ID, undefined)).finish(half, undefined);
    expect(half.asked).to.equal(0);
    const [, finished] = await published<StreamEvent>(CHANNELS, () => {
      const told = new ToldStream(valueEvent('consumer', 7, ID, undefined));
      told.finish(half, undefined);
      told.finish(half, new Error('late'));
    });
    const facts = { kind: 'value', number: 7, id: '…bcdef0', items: 5, bytes: 60 };
    expect(finished?.[1]).to.deep.include(facts);
    expect([finished?.[1].error, half.asked]).to.deep.equal([undefined, 1]);
  });
});
