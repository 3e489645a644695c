import { expect } from 'chai';

import { type ContextCall, HandlerContext } from '../../../lib/call/server/handler-context.ts';
import { Group } from '../../../lib/call/limits/group.ts';
import { MissingAuxiliaryError } from '../../../lib/errors/errors.ts';
import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import { TestOwner } from '../../support/server-bench.ts';

function contextOf(call: Partial<ContextCall> = {}): {
  context: HandlerContext;
  owner: TestOwner;
  clock: ManualClock;
} {
  const owner = new TestOwner();
  const clock = new ManualClock();
  const context = new HandlerContext({
    owner,
    group: undefined,
    timeoutMs: undefined,
    deadline: undefined,
    clock,
    drainCause: undefined,
    background: () => {},
    ...call,
  });
  return { context, owner, clock };
}

describe('HandlerContext', () => {
  it('tells who calls, over which connection, and in which group', () => {
    const group = new Group('slow');
    const { context, owner } = contextOf({ group });
    expect(context.peer).to.equal(owner.peer);
    expect(context).to.include({ connectionId: 5n, principal: 'somebody', isolation: 'tenant' });
    expect(context.group).to.equal(group);
  });

  it('counts down to the deadline, and beyond it', () => {
    const { context, clock } = contextOf({ timeoutMs: 100, deadline: 100 });
    expect([context.timeoutMs, context.remainingMs]).to.deep.equal([100, 100]);
    clock.advance(130);
    expect([context.timeoutMs, context.remainingMs]).to.deep.equal([100, -30]);
  });

  it('has no time to tell without a limit', () => {
    const { context } = contextOf();
    expect([context.timeoutMs, context.remainingMs]).to.deep.equal([undefined, undefined]);
  });

  it('fires its signal by the first cause, and tells it to those that ask later', () => {
    const { context } = contextOf();
    const reasons: unknown[] = [];
    const { signal } = context;
    signal.addEventListener('abort', () => void reasons.push(signal.reason));
    const [first, second] = [new Error('first'), new Error('second')];
    context.end(first);
    context.end(second);
    expect(reasons).to.deep.equal([first]);
    expect(context.signal).to.equal(signal);
    expect([context.isOver, signal.reason]).to.deep.equal([true, first]);
  });

  it('S-C6 has a fired signal for a handler that asks only after the end', () => {
    const { context } = contextOf();
    const cause = new Error('gone');
    context.end(cause);
    context.end(new Error('again'));
    expect(context.signal.aborted).to.equal(true);
    expect(context.signal.reason).to.equal(cause);
  });

  it('shares data with later handlers of the connection', () => {
    const { context, owner } = contextOf();
    context.attach('user', 42);
    const later = contextOf({ owner }).context;
    expect(later.retrieve('user')).to.equal(42);
    expect(later.retrieveOptional('user')).to.equal(42);
    expect(owner.causes).to.deep.equal([]);
  });

  it('aborts the connection when data is missing that must be there', () => {
    const { context, owner } = contextOf();
    expect(context.retrieveOptional('user')).to.equal(undefined);
    expect(owner.causes).to.deep.equal([]);
    expect(() => context.retrieve('user')).to.throw(MissingAuxiliaryError, 'user');
    expect(owner.causes).to.have.length(1);
    expect(owner.causes[0]).to.be.instanceOf(MissingAuxiliaryError);
  });

  it('hands work in the background on', () => {
    const works: unknown[] = [];
    const { context } = contextOf({ background: (work) => void works.push(work) });
    const work = (): Promise<void> => Promise.resolve();
    context.background(work);
    expect(works).to.deep.equal([work]);
  });
});
