import { expect } from 'chai';

import { GRPC_CODES, HTTP_CODES } from '../../lib/errors.ts';
import { isRpcError, isStatusError, type Status, StatusError } from '../../lib/index.ts';
import { MisuseError } from '../../lib/errors/errors.ts';

describe('StatusError', () => {
  it('N5 says what failed, with a code and details of its own', () => {
    const cause = new Error('why');
    const details = Buffer.from([1, 2, 3]);
    const error = new StatusError('not-found', 'no such key', { code: 'E_KEY', details, cause });
    expect(error).to.be.instanceOf(Error).and.include({
      name: 'StatusError',
      message: 'no such key',
      status: 'not-found',
      code: 'E_KEY',
      details,
      cause,
      retryable: false,
      retryAfterMs: undefined,
    });
  });

  it('X2 is no error of the transport', () => {
    const error = new StatusError('internal', 'broken');
    expect(isStatusError(error)).to.equal(true);
    expect(isRpcError(error)).to.equal(false);
    for (const other of [new Error('x'), undefined, null, 'StatusError', { status: 'internal' }]) {
      expect(isStatusError(other)).to.equal(false);
    }
  });

  const retries: [status: Status, options: object, retryable: boolean][] = [
    ['unavailable', {}, true],
    ['unavailable', { retryable: false }, false],
    ['aborted', {}, false],
    ['aborted', { retryable: true }, true],
    ['resource-exhausted', { retryAfterMs: 0 }, true],
    ['resource-exhausted', { retryAfterMs: 250, retryable: false }, false],
  ];
  for (const [status, options, retryable] of retries) {
    const given = JSON.stringify(options);
    it(`says ${retryable ? 'to retry' : 'not to retry'} for ${status} with ${given}`, () => {
      const error = new StatusError(status, '', options);
      expect(error.retryable).to.equal(retryable);
      expect(error).to.include(options);
    });
  }

  it('refuses what is no status', () => {
    for (const wrong of ['ok', 'NOT_FOUND', '', 'toString', 5]) {
      expect(() => new StatusError(wrong as Status, '')).to.throw(MisuseError, String(wrong));
    }
  });

  it('refuses a delay that nobody can wait for', () => {
    for (const wrong of [-1, NaN, Infinity, '5']) {
      const options = { retryAfterMs: wrong as number };
      expect(() => new StatusError('unavailable', '', options)).to.throw(
        MisuseError,
        'retryAfterMs',
      );
    }
  });

  it('N5 has the sixteen numbers of gRPC, each once', () => {
    const numbers = Object.values(GRPC_CODES).toSorted((a, b) => a - b);
    expect(numbers).to.deep.equal(Array.from({ length: 16 }, (_, i) => i + 1));
  });

  it('N5 has a number of HTTP for every status', () => {
    expect(Object.keys(HTTP_CODES)).to.have.members(Object.keys(GRPC_CODES));
    expect(HTTP_CODES).to.include({
      'invalid-argument': 400,
      unauthenticated: 401,
      'permission-denied': 403,
      'not-found': 404,
      'already-exists': 409,
      internal: 500,
      unavailable: 503,
    });
  });
});
