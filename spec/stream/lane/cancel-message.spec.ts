import { expect } from 'chai';

import { decodeCancel } from '../../../lib/document/cancel-document.ts';
import { decodeStreamError, encodeStreamError } from '../../../lib/document/error-document.ts';
import { CanceledError, ClosedError, TimeoutError } from '../../../lib/errors/errors.ts';
import { endOfCall, isEndOfCall, streamCancel } from '../../../lib/stream/lane/cancel-message.ts';
import { testEnvironment } from '../../support/test-environment.ts';

const ENVIRONMENT = { ...testEnvironment(), processName: 'reader' };

/** What the producer is told. */
function told(cause: unknown, takenItems?: number): ReturnType<typeof decodeCancel> {
  const message = streamCancel(4, cause, ENVIRONMENT, takenItems);
  if (message.kind !== 'stream-cancel') throw new Error(message.kind);
  expect(message.number).to.equal(4);
  return decodeCancel(message.reason);
}

describe('streamCancel', () => {
  it('says why, and who', () => {
    const { reason, path, takenItems } = told(new RangeError('enough'));
    expect(reason).to.be.instanceOf(RangeError).with.property('message', 'enough');
    expect(path).to.deep.equal(['reader']);
    expect(takenItems).to.equal(undefined);
  });

  it('X9 passes a cancel on: its reason, and its path with this process behind it', () => {
    const first = new CanceledError('call', 'the user left', 'remote', ['browser', 'gateway']);
    const { reason, path } = told(first);
    expect(reason).to.equal('the user left');
    expect(path).to.deep.equal(['browser', 'gateway', 'reader']);
  });

  it('says how many items were taken', () => {
    expect(told(undefined, 0)).to.include({ takenItems: 0, reason: undefined });
    expect(told(undefined, 7)).to.include({ takenItems: 7 });
  });

  it('says nothing where there is nothing to say', () => {
    expect(streamCancel(4, undefined, testEnvironment())).to.deep.equal({
      kind: 'stream-cancel',
      number: 4,
      reason: Buffer.alloc(0),
    });
  });
});

describe('endOfCall', () => {
  /** What the reader at the other end gets. */
  const arriving = (cause: unknown): Error =>
    decodeStreamError(encodeStreamError(endOfCall(cause, ENVIRONMENT)));

  it('X9 is a cancel with its reason and path, this process behind it', () => {
    const arrived = arriving(new CanceledError('call', 'left', 'remote', ['browser']));
    expect(arrived)
      .to.be.instanceOf(CanceledError)
      .and.deep.include({ scope: 'call', initiator: 'remote', path: ['browser', 'reader'] });
    expect(arrived.cause).to.equal('left');
    expect(isEndOfCall(arrived)).to.equal(true);
  });

  it('X9 is a time limit in whole milliseconds, as the server counts', () => {
    const arrived = arriving(new TimeoutError('the call', 4.2, 'call'));
    expect(arrived).to.be.instanceOf(TimeoutError).and.include({ limitMs: 5, scope: 'call' });
    expect(isEndOfCall(arrived)).to.equal(true);
  });

  it('X9 is a cancel with the cause for any other end', () => {
    const arrived = arriving(new ClosedError('the client was closed', 'local'));
    expect(arrived).to.be.instanceOf(CanceledError).and.deep.include({ path: [] });
    expect(arrived.cause).to.include({ code: 'ERR_CLOSED', message: 'the client was closed' });
    expect(arriving(new TimeoutError('the stream', 5, 'stream'))).to.have.nested.property(
      'cause.limitMs',
      5,
    );
  });
});
