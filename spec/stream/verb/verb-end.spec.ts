import { expect } from 'chai';

import { MisuseError, StreamClosedError } from '../../../lib/errors/errors.ts';
import { HalfState } from '../../../lib/stream/half/half-state.ts';
import type { Naming } from '../../../lib/stream/half/named-stream.ts';
import {
  checkMayMakeSink,
  isStreamOver,
  mayBeNamed,
  tellingOfStream,
} from '../../../lib/stream/verb/verb-end.ts';

type Phase = HalfState['phase'];

function stateOf(phase: Phase): HalfState {
  const state = new HalfState();
  if (phase === 'open' || phase === 'ended') state.open();
  if (phase === 'ended') state.finish();
  if (phase === 'failed') state.abort(new Error('failed'), 'remote');
  return state;
}

/** The facts of a stream of which both directions are open, and a call has named it. */
interface Facts {
  isAccepted: boolean;
  naming: Naming;
  sink: Phase;
  isSinkOver: boolean | undefined;
  source: Phase;
  isReadingOver: boolean;
}

function streamOf(facts: Partial<Facts>): Parameters<typeof isStreamOver>[0] {
  const { isAccepted = false, naming = 'named', isSinkOver = false } = facts;
  return {
    isAccepted,
    naming,
    sinkState: stateOf(facts.sink ?? 'open'),
    isSinkOver: facts.sink === 'unopened' ? undefined : isSinkOver,
    segment: { sourceState: stateOf(facts.source ?? 'open') },
    reading: { isOver: facts.isReadingOver ?? false },
  };
}

describe('stream/verb-end', () => {
  it('is over when both directions are, as the peer has told or was told', () => {
    const both = { isSinkOver: true, isReadingOver: true };
    expect(isStreamOver(streamOf({}))).to.equal(false);
    expect(isStreamOver(streamOf({ ...both, isSinkOver: false, sink: 'ended' }))).to.equal(false);
    expect(isStreamOver(streamOf({ ...both, isReadingOver: false }))).to.equal(false);
    expect(isStreamOver(streamOf({ ...both, sink: 'ended', source: 'ended' }))).to.equal(true);
  });

  it('counts a direction as over that no call can open any more', () => {
    const never = { sink: 'unopened', source: 'unopened', isAccepted: true } as const;
    for (const [naming, isOver] of [
      ['unnamed', false],
      ['calling', false],
      ['named', true],
      ['refused', true],
    ] as const) {
      expect(isStreamOver(streamOf({ ...never, naming })), naming).to.equal(isOver);
      expect(mayBeNamed({ naming }), naming).to.equal(!isOver);
    }
  });

  it('is over at a client whose call was refused, or that has named it in none, once it is not sent', () => {
    const unread = { source: 'unopened' } as const;
    expect(isStreamOver(streamOf({ ...unread, naming: 'refused', sink: 'open' }))).to.equal(false);
    expect(isStreamOver(streamOf({ ...unread, naming: 'refused', sink: 'ended' }))).to.equal(true);
    expect(isStreamOver(streamOf({ ...unread, naming: 'unnamed', sink: 'ended' }))).to.equal(false);
    expect(isStreamOver(streamOf({ ...unread, naming: 'unnamed', sink: 'failed' }))).to.equal(true);
    const accepted = { ...unread, naming: 'unnamed', sink: 'failed', isAccepted: true } as const;
    expect(isStreamOver(streamOf(accepted)), 'a call may name it').to.equal(false);
  });

  it('lets only the side that has accepted it make the second direction, once, while it is not over', () => {
    const judge = (isAccepted: boolean, phase: Phase, hasEnded: boolean) => (): void =>
      checkMayMakeSink({ isAccepted, hasEnded, sinkState: stateOf(phase) });
    expect(judge(true, 'unopened', false)).to.not.throw();
    expect(judge(false, 'unopened', false)).to.throw(MisuseError, 'only the side that accepted');
    expect(judge(true, 'open', false)).to.throw(MisuseError, 'was made before');
    expect(judge(true, 'failed', false)).to.throw(StreamClosedError);
    expect(judge(true, 'unopened', true)).to.throw(StreamClosedError);
  });

  it('tells its failure to a user who waits, or has a direction that is in use', () => {
    const used = streamOf({ sink: 'ended', source: 'open' });
    const done = streamOf({ sink: 'ended', source: 'ended' });
    expect(tellingOfStream(used, true, true)).to.equal('told');
    expect(tellingOfStream(used, false, true)).to.equal('pending');
    expect(tellingOfStream(used, false, false)).to.equal('later');
    expect(tellingOfStream(done, false, false)).to.equal('never');
  });
});
