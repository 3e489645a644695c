import { expect } from 'chai';

import { errorOfCall, putSite } from '../../../lib/call/client/call-error.ts';
import { CallSite } from '../../../lib/call/client/call-site.ts';
import { markRemote } from '../../../lib/document/remote-origin.ts';
import {
  CanceledError,
  ClosedError,
  RefusedError,
  RemoteError,
  SerializationError,
  TimeoutError,
} from '../../../lib/errors/errors.ts';
import { verb } from '../../../lib/verb/verb.ts';

const APPEND = verb<() => void>(9, { name: 'append' });
const CALL = { verb: APPEND, peer: '127.0.0.1:9000', site: undefined };

describe('errorOfCall', () => {
  it('says in the text of an error of ours what was called where', () => {
    const errors = [
      new TimeoutError('the call', 5, 'call'),
      new CanceledError('call', 'enough'),
      new RefusedError('full', { initiator: 'local', retryable: true }),
      new ClosedError('lost', 'transport', 'a cause'),
    ];
    for (const error of errors) {
      const told = errorOfCall(error, CALL) as typeof error;
      expect(told.message).to.equal(`${error.message} (verb 'append' of 127.0.0.1:9000)`);
      expect(told).to.be.instanceOf(error.constructor).and.instanceOf(Error);
      const { code, scope, initiator, retryable } = error;
      expect(told).to.include({ code, scope, initiator, retryable });
      expect(told).to.include({ method: 'append', peer: '127.0.0.1:9000' });
      expect(told.cause).to.equal(error.cause);
      expect(told.stack?.startsWith(`${error.name}: ${told.message}`)).to.equal(true);
    }
  });

  it('leaves the text of an error of the server or of a value, and the error itself', () => {
    for (const error of [
      new RemoteError('disk full'),
      new RefusedError('the server is closing', { initiator: 'remote' }),
      new SerializationError('does not fit', { path: '[0]', initiator: 'local' }),
    ]) {
      const { message } = error;
      expect(errorOfCall(error, CALL)).to.equal(error);
      expect(error).to.include({ message, method: 'append', peer: '127.0.0.1:9000' });
    }
  });

  it('gives each call a copy of the error that it shares with others', () => {
    const shared = new ClosedError('lost', 'transport');
    const [one, two] = [errorOfCall(shared, CALL), errorOfCall(shared, CALL)];
    expect(one).to.not.equal(two);
    expect(shared).to.not.have.property('method');
    expect(shared.message).to.equal('lost');
  });

  it('names a verb without a name by its number, and a method by its path', () => {
    const told = (called: typeof APPEND): unknown =>
      errorOfCall(new TimeoutError('the call', 5, 'call'), { ...CALL, verb: called });
    expect(told(verb(9))).to.include({
      method: 'verb 9',
      message: 'the call took longer than 5 ms (verb 9 of 127.0.0.1:9000)',
    });
    expect(told({ ...verb(9), name: 'shop/price', needsExtension: true })).to.include({
      method: 'shop/price',
      message: "the call took longer than 5 ms (method 'shop/price' of 127.0.0.1:9000)",
    });
  });

  it('leaves an error that names another call as it is', () => {
    const inner = errorOfCall(new TimeoutError('the call', 5, 'call'), CALL);
    expect(errorOfCall(inner, { ...CALL, verb: verb(7), peer: 'elsewhere:1' })).to.equal(inner);
    expect(inner).to.include({ method: 'append', peer: '127.0.0.1:9000' });
  });

  it('adds to an error of the server’s code fields that nobody sees who does not ask', () => {
    const error = Object.assign(new RangeError('no such page'), { page: 7, peer: 'its own' });
    markRemote(error, undefined);
    expect(errorOfCall(error, CALL)).to.equal(error);
    expect(error).to.include({ method: 'append', peer: 'its own' });
    expect(Object.keys(error)).to.deep.equal(['page', 'peer']);
  });

  it('leaves alone what others have thrown, and what can’t be changed', () => {
    const own = new Error('of an interceptor');
    const frozen = Object.freeze(new RemoteError('frozen'));
    const { proxy, revoke } = Proxy.revocable(new RemoteError('revoked'), {});
    revoke();
    for (const thrown of [own, frozen, proxy, 'a text', undefined]) {
      expect(errorOfCall(thrown, CALL) === thrown).to.equal(true);
      putSite(thrown, new CallSite());
    }
    expect(own).to.not.have.property('method');
  });

  it('puts the frames of the caller in place of ours', () => {
    function theCaller(): CallSite {
      return new CallSite();
    }
    const site = theCaller();
    for (const error of [new RemoteError('disk full'), new TimeoutError('the call', 5, 'call')]) {
      const { stack, message } = errorOfCall(error, { ...CALL, site }) as Error;
      const [head, first] = stack?.split('\n') ?? [];
      expect(head).to.equal(`${error.name}: ${message}`);
      expect(first).to.contain('theCaller');
    }
  });
});
