import { expect } from 'chai';

import type { StreamFigures } from '../../../lib/diagnostics/stream-figures.ts';
import { type ShownChild, snapshotChild } from '../../../lib/stream/child/child-snapshot.ts';
import type { HalfListener } from '../../../lib/stream/half/half-listener.ts';
import { HalfState } from '../../../lib/stream/half/half-state.ts';

const FIGURES: StreamFigures = {
  items: 1,
  bytes: 2,
  bufferedBytes: 3,
  budgetBytes: 4,
  ageMs: 5,
  waitsFor: 'producer',
  waitedMs: { producer: 1, budget: 2, network: 3, reader: 4 },
};
const HALF: HalfListener = { onChange: () => {}, figures: () => ({ ...FIGURES }) };

/** A child whose halves have taken these steps. */
function child(
  sink: readonly ('open' | 'finish' | 'abort')[],
  source: readonly ('open' | 'finish' | 'abort')[],
  isUnconfirmed = false,
): ShownChild {
  const [sinkState, sourceState] = [sink, source].map((steps) => {
    const state = new HalfState();
    for (const step of steps) {
      if (step === 'abort') state.abort(new Error('lost'), 'remote');
      else state[step]();
    }
    return state;
  });
  return { id: 0xabcdef12n, sinkState: sinkState!, sourceState: sourceState!, isUnconfirmed };
}

/** The sides and states that are shown. */
function shown(of: ShownChild): string[] {
  return snapshotChild(of, HALF, HALF).map(({ side, state }) => `${side} ${state}`);
}

describe('snapshotChild', () => {
  it('shows the directions that are open, with their figures', () => {
    const both = snapshotChild(child(['open'], ['open']), HALF, HALF);
    expect(both.map(({ side }) => side)).to.deep.equal(['producer', 'consumer']);
    expect(both[0]).to.deep.equal({
      side: 'producer',
      kind: 'verb',
      id: '…cdef12',
      number: undefined,
      state: 'open',
      ...FIGURES,
    });
  });

  it('shows an end that is not confirmed, and nothing that is over or was never opened', () => {
    expect(shown(child(['open', 'finish'], [], true))).to.deep.equal(['producer ending']);
    expect(shown(child(['open', 'finish'], ['open', 'finish']))).to.deep.equal([]);
    expect(shown(child(['open', 'abort'], ['open', 'abort'], true))).to.deep.equal([]);
    expect(shown(child([], []))).to.deep.equal([]);
  });
});
