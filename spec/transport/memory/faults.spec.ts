import { expect } from 'chai';

import { FaultPoint, systemError } from '../../../lib/transport/memory/faults.ts';

describe('FaultPoint', () => {
  it('never strikes without a fault, or at the other end', () => {
    expect(new FaultPoint(undefined, 'send').remainingBytes).to.equal(Infinity);
    expect(new FaultPoint({ afterBytes: 0 }, 'receive').remainingBytes).to.equal(Infinity);
    const receiving = { afterBytes: 0, at: 'receive' } as const;
    expect(new FaultPoint(receiving, 'send').remainingBytes).to.equal(Infinity);
    expect(new FaultPoint(receiving, 'receive').remainingBytes).to.equal(0);
  });

  it('strikes at once by default', () => {
    expect(new FaultPoint({}, 'send').remainingBytes).to.equal(0);
  });

  it('counts bytes down', () => {
    const point = new FaultPoint({ afterBytes: 10 }, 'send');
    point.begin(0);
    point.pass(4);
    expect(point.remainingBytes).to.equal(6);
    point.pass(6);
    expect(point.remainingBytes).to.equal(0);
  });

  it('lets earlier operations through before the one it strikes', () => {
    const point = new FaultPoint({ afterWrites: 1 }, 'send');
    point.begin(0);
    point.pass(3);
    expect(point.remainingBytes).to.equal(Infinity);
    point.begin(5);
    expect(point.remainingBytes).to.equal(5);
    point.begin(9);
    expect(point.remainingBytes).to.equal(5);
  });

  it('strikes at whichever limit comes first when it has both', () => {
    const point = new FaultPoint({ afterWrites: 1, afterBytes: 2 }, 'send');
    expect(point.remainingBytes).to.equal(2);
    point.begin(0);
    point.pass(1);
    point.begin(0);
    expect(point.remainingBytes).to.equal(0);
  });
});

describe('systemError', () => {
  it('carries code and call as the system’s errors do', () => {
    const error = systemError('ECONNREFUSED', 'connect', 'here:1');
    expect(error).to.include({ code: 'ECONNREFUSED', syscall: 'connect' });
    expect(error.message).to.equal('connect ECONNREFUSED here:1');
    expect(systemError('EPIPE', 'write').message).to.equal('write EPIPE');
  });
});
