import { expect } from 'chai';

import { MAX_ERROR_BYTES } from '../../../lib/base/cut-text.ts';
import { errorText, errorTextForPeer } from '../../../lib/call/server/error-text.ts';

const NO_TEXT = 'something was thrown that has no text';

describe('errorTextForPeer', () => {
  it('has no paths of the file system, in causes neither; our own log has them', () => {
    const missing = Object.assign(new Error("ENOENT, open '/etc/secret'"), {
      syscall: 'open',
      path: '/etc/secret',
    });
    const error = new Error('no settings', { cause: missing });
    expect(errorTextForPeer(error)).to.equal("no settings: ENOENT, open '…'");
    expect(errorText(error)).to.equal("no settings: ENOENT, open '/etc/secret'");
  });

  it('E2 is cut where it is told to', () => {
    expect(errorTextForPeer(new Error('x'.repeat(20)), 10)).to.equal('xxxxxxx…');
    expect(errorTextForPeer(new Error('x'.repeat(20_000)), Infinity)).to.have.length(20_000);
  });
});

describe('errorText', () => {
  it('is the message, without stack and class', () => {
    expect(errorText(new RangeError('too far'))).to.equal('too far');
  });

  it('is the name of an error that has no message', () => {
    expect(errorText(new RangeError())).to.equal('RangeError');
  });

  it('has the messages of nested causes behind colons', () => {
    const nested = new Error('outer', { cause: new Error('inner', { cause: 'root' }) });
    expect(errorText(nested)).to.equal('outer: inner: root');
  });

  it('ends at four causes, and so does a cycle', () => {
    const cyclic = new Error('again');
    cyclic.cause = cyclic;
    expect(errorText(cyclic)).to.equal('again: again: again: again: again');
  });

  const strange: [what: string, value: unknown, text: string][] = [
    ['a string', 'plain', 'plain'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 42, '42'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['an object', {}, '[object Object]'],
    ['an object without a prototype', Object.create(null), NO_TEXT],
    [
      'an object whose toString throws',
      {
        toString: () => {
          throw new Error('no');
        },
      },
      NO_TEXT,
    ],
    ['an error whose message throws', errorWith('message'), NO_TEXT],
    ['an error whose cause throws', errorWith('cause'), 'boom'],
    [
      'a proxy that throws at everything',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('no');
          },
          getPrototypeOf: () => {
            throw new Error('no');
          },
        },
      ),
      NO_TEXT,
    ],
  ];
  for (const [what, value, text] of strange) {
    it(`F25 has a text for ${what}`, () => {
      expect(errorText(value)).to.equal(text);
    });
  }

  for (const length of [MAX_ERROR_BYTES - 1, MAX_ERROR_BYTES, MAX_ERROR_BYTES + 1]) {
    it(`E2 keeps a text of ${length} bytes within ${MAX_ERROR_BYTES}`, () => {
      const text = errorText(new Error('x'.repeat(length)));
      expect(Buffer.byteLength(text)).to.equal(Math.min(length, MAX_ERROR_BYTES));
      expect(text.endsWith('…')).to.equal(length > MAX_ERROR_BYTES);
    });
  }
});

function errorWith(throwing: 'message' | 'cause'): Error {
  return Object.defineProperty(new Error('boom'), throwing, {
    get: () => {
      throw new Error('no');
    },
  });
}
