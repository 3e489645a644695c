import { expect } from 'chai';

import { StreamClosedError } from '../../../lib/errors/errors.ts';
import { type HalfPhase, HalfState } from '../../../lib/stream/half/half-state.ts';

const CAUSE = new Error('the first cause');

/** Brings a new state into a phase. */
const REACHED: Readonly<Record<HalfPhase, () => HalfState>> = {
  unopened: () => new HalfState(),
  open: () => stepped(['open']),
  ended: () => stepped(['open', 'finish']),
  failed: () => stepped(['open', 'fail']),
};

const STEPS = {
  open: (state: HalfState) => state.open(),
  finish: (state: HalfState) => state.finish(),
  fail: (state: HalfState) => void state.abort(CAUSE, 'remote'),
};

type Step = keyof typeof STEPS;

function stepped(steps: readonly Step[]): HalfState {
  const state = new HalfState();
  for (const step of steps) STEPS[step](state);
  return state;
}

describe('HalfState', () => {
  const table: readonly [HalfPhase, Step, HalfPhase][] = [
    ['unopened', 'open', 'open'],
    ['unopened', 'finish', 'unopened'],
    ['unopened', 'fail', 'failed'],
    ['open', 'open', 'open'],
    ['open', 'finish', 'ended'],
    ['open', 'fail', 'failed'],
    ['ended', 'open', 'ended'],
    ['ended', 'finish', 'ended'],
    ['ended', 'fail', 'ended'],
    ['failed', 'open', 'failed'],
    ['failed', 'finish', 'failed'],
    ['failed', 'fail', 'failed'],
  ];

  for (const [from, step, to] of table) {
    it(`goes from ${from} by ${step} to ${to}`, () => {
      const state = REACHED[from]();
      expect(state.phase).to.equal(from);
      STEPS[step](state);
      expect(state.phase).to.equal(to);
    });
  }

  it('S-S8 counts as finished in every phase but open', () => {
    const phases = Object.keys(REACHED) as HalfPhase[];
    expect(phases.filter((phase) => !REACHED[phase]().isFinished)).to.deep.equal(['open']);
  });

  it('S-S9 keeps the first cause and says that the second was none', () => {
    const state = REACHED.open();
    expect(state.abort(CAUSE, 'remote')).to.equal(true);
    expect(state.abort(new Error('the second cause'), 'local')).to.equal(false);
    expect(state.cause).to.equal(CAUSE);
  });

  describe('isBroken', () => {
    it('E1-floods counts a half that was cut off while it was open, by others than us', () => {
      for (const initiator of ['local', 'remote', 'transport'] as const) {
        const state = REACHED.open();
        state.abort(CAUSE, initiator);
        expect([state.wasOpen, state.isBroken]).to.deep.equal([true, initiator !== 'local']);
      }
    });

    it('E1-floods does not count one that nobody opened, also when it is opened too late', () => {
      const state = REACHED.unopened();
      state.abort(CAUSE, 'remote');
      expect([state.wasOpen, state.isBroken]).to.deep.equal([false, false]);
      state.open();
      expect([state.wasOpen, state.isBroken]).to.deep.equal([false, false]);
    });

    it('does not count one that has ended, or lives', () => {
      const ended = REACHED.ended();
      ended.abort(CAUSE, 'remote');
      expect([ended.wasOpen, ended.isBroken]).to.deep.equal([true, false]);
      expect([REACHED.open().wasOpen, REACHED.open().isBroken]).to.deep.equal([true, false]);
      expect(REACHED.unopened().wasOpen).to.equal(false);
    });

    it('goes by the first cause', () => {
      const state = REACHED.open();
      state.abort(CAUSE, 'local');
      state.abort(CAUSE, 'remote');
      expect(state.isBroken).to.equal(false);
    });
  });

  it('has no cause unless it failed', () => {
    expect(REACHED.ended().cause).to.equal(undefined);
    expect(REACHED.ended().abort(CAUSE, 'local')).to.equal(false);
  });

  it('A8 seastar#552 explains with the cause and its initiator why it failed', () => {
    const error = REACHED.failed().closedError();
    expect(error).to.be.instanceOf(StreamClosedError);
    expect(error.message).to.equal('the stream was closed: the first cause');
    expect(error.initiator).to.equal('remote');
    expect(error.cause).to.equal(CAUSE);
  });

  it('gives a StreamClosedError that it failed with as it is', () => {
    const state = new HalfState();
    const cause = new StreamClosedError('gone', 'transport');
    state.abort(cause, 'transport');
    expect(state.closedError()).to.equal(cause);
  });

  it('explains a cause that is no error and an end that was in order', () => {
    const state = new HalfState();
    state.abort('a string', 'local');
    expect(state.closedError().message).to.equal('the stream was closed');
    expect(state.closedError().cause).to.equal('a string');
    expect(REACHED.ended().closedError().message).to.equal('the stream has ended');
  });

  it('says once that it is over', () => {
    for (const step of ['finish', 'fail'] as const) {
      const state = REACHED.open();
      let over = 0;
      state.onOver = () => over++;
      STEPS[step](state);
      STEPS.finish(state);
      STEPS.fail(state);
      expect(over, step).to.equal(1);
    }
  });
});
