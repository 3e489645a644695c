import { expect } from 'chai';

import { continueTrace } from '../../../lib/service/frame/trace-context.ts';

const OUTER = Object.freeze({
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'vendor=1',
  baggage: 'tenant=7',
  authorization: 'secret',
});

describe('service/trace-context', () => {
  it('K11 passes the trace context of the call at hand on, and nothing else', () => {
    const { traceparent, tracestate, baggage } = OUTER;
    expect(continueTrace({ a: '1' }, OUTER)).to.deep.equal({
      a: '1',
      traceparent,
      tracestate,
      baggage,
    });
  });

  it('leaves a call alone that has nothing to continue', () => {
    const own = { a: '1' };
    expect(continueTrace(own, {})).to.equal(own);
    expect(continueTrace(own, { authorization: 'secret' })).to.equal(own);
    expect(continueTrace(own, { tracestate: 'vendor=1' })).to.equal(own);
  });

  it("takes a call's own trace in place of the outer one, whose state is not its own", () => {
    const own = { traceparent: '00-ffffffffffffffffffffffffffffffff-b7ad6b7169203331-00' };
    expect(continueTrace(own, OUTER)).to.deep.equal({ ...own, baggage: OUTER.baggage });
  });

  it("takes a call's own state and baggage in place of the outer ones", () => {
    const own = { tracestate: 'mine=1', baggage: '' };
    expect(continueTrace(own, OUTER)).to.deep.equal({ ...own, traceparent: OUTER.traceparent });
  });

  it('changes neither of the two', () => {
    const own = Object.freeze({ a: '1' });
    expect(continueTrace(own, OUTER)).not.to.equal(own);
    expect(own).to.deep.equal({ a: '1' });
  });
});
