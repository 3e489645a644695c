import { expect } from 'chai';

import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import { ParentFate } from '../../../lib/stream/half/parent-fate.ts';

const TIMEOUT_MS = 1_000;

describe('ParentFate', () => {
  let clock: ManualClock;
  let fate: ParentFate;
  /** What streams were told, in order. */
  let verdicts: unknown[];
  let answers: (() => void)[];

  const judge = (): void => fate.judge((cause) => verdicts.push(cause ?? 'lives'));

  beforeEach(() => {
    clock = new ManualClock();
    fate = new ParentFate(clock, TIMEOUT_MS);
    verdicts = [];
    answers = [];
  });

  it('judges at once where the peer can not be asked', () => {
    judge();
    expect(verdicts).to.deep.equal(['lives']);
  });

  describe('where the peer can be asked', () => {
    beforeEach(() => {
      fate.ask({ whenAnswered: (onAnswer) => void answers.push(onAnswer) });
    });

    it('waits for the answer, which shows that the connection lives', () => {
      judge();
      expect(verdicts).to.deep.equal([]);
      answers[0]?.();
      expect(verdicts).to.deep.equal(['lives']);
      clock.advance(TIMEOUT_MS);
      expect(verdicts).to.have.length(1);
    });

    it('gives every stream that waits the cause of the end, and later ones at once', () => {
      const cause = new Error('gone');
      judge();
      judge();
      fate.end(cause);
      fate.end(new Error('later'));
      judge();
      expect(verdicts).to.deep.equal([cause, cause, cause]);
      answers[0]?.();
      clock.advance(TIMEOUT_MS);
      expect(verdicts).to.have.length(3);
    });

    it('takes a connection without an answer for alive after a while', () => {
      judge();
      clock.advance(TIMEOUT_MS - 1);
      expect(verdicts).to.deep.equal([]);
      clock.advance(1);
      expect(verdicts).to.deep.equal(['lives']);
      answers[0]?.();
      expect(verdicts).to.have.length(1);
    });
  });
});
