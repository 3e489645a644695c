import { expect } from 'chai';

import { TlsError, UnauthenticatedError } from '../../lib/errors/access-errors.ts';
import {
  ClosedError,
  CompressionError,
  MessageTooLargeError,
  MisuseError,
  OptionError,
  ProtocolError,
  RefusedError,
  TimeoutError,
  UnsupportedError,
} from '../../lib/errors/errors.ts';
import { isIncurable, retryAfterMs } from '../../lib/session/incurable.ts';
import { wrongMagicError } from '../../lib/wire/wrong-magic.ts';

const ALWAYS: readonly Error[] = [
  new ProtocolError('the extension names no version'),
  new UnsupportedError('this'),
  new CompressionError('unsupported', 'remote'),
  new UnauthenticatedError(),
  new OptionError('token', 'is too long'),
  new MisuseError('of a hook'),
];

const AT_FIRST: readonly Error[] = [
  wrongMagicError('wrong protocol magic: 48545450'),
  new TlsError('could not connect: the certificate of the peer has expired', 'transport'),
];

const NEVER: readonly unknown[] = [
  new ClosedError('could not connect: ECONNREFUSED', 'transport'),
  new ClosedError('the server closed the connection', 'remote'),
  new TimeoutError('connecting', 10_000, 'connection'),
  new MessageTooLargeError(5, 4, 'maxReplyBytes', 'connection', 'remote'),
  new RefusedError('the server has no room for this client', {
    scope: 'connection',
    initiator: 'remote',
    retryable: true,
  }),
  new Error('anything'),
  undefined,
];

describe('isIncurable', () => {
  it('holds for errors that the same client would meet again', () => {
    for (const error of ALWAYS) {
      for (const hasConnected of [false, true]) {
        expect(isIncurable(error, hasConnected), error.message).to.equal(true);
      }
    }
  });

  it('holds for a wrong protocol and a wrong certificate before the first success only', () => {
    for (const error of AT_FIRST) {
      expect(isIncurable(error, false), error.message).to.equal(true);
      expect(isIncurable(error, true), error.message).to.equal(false);
    }
  });

  it('does not hold for a network or a server that is away, or too slow', () => {
    for (const error of NEVER) {
      for (const hasConnected of [false, true]) {
        expect(isIncurable(error, hasConnected), String(error)).to.equal(false);
      }
    }
  });

  it('knows a wrong protocol as a protocol error like any other', () => {
    expect(wrongMagicError('wrong')).to.include({ name: 'ProtocolError', code: 'ERR_PROTOCOL' });
  });
});

describe('retryAfterMs', () => {
  it('is the time that the server has told, and otherwise none', () => {
    const facts = { scope: 'connection', initiator: 'remote', retryable: true } as const;
    const told = new RefusedError('no room', { ...facts, retryAfterMs: 5_000 });
    expect(retryAfterMs(told)).to.equal(5_000);
    expect(retryAfterMs(new RefusedError('no room', facts))).to.equal(0);
    expect(retryAfterMs(Object.assign(new Error('other'), { retryAfterMs: 5 }))).to.equal(0);
    expect(retryAfterMs(undefined)).to.equal(0);
  });
});
