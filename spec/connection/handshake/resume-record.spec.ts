import { inspect } from 'node:util';

import { Binary, Double, Int32, Long, serialize } from 'bson';
import { expect } from 'chai';

import { resolveClientOptions } from '../../../lib/api/client-options.ts';
import {
  decodeExtension,
  encodeExtension,
  type Extension,
} from '../../../lib/connection/handshake/extension.ts';
import { OptionError, ProtocolError } from '../../../lib/errors/errors.ts';
import { thrownBy } from '../../support/rejection.ts';

const SESSION_VERSION = 3;
const SID = Buffer.alloc(16, 0x41);
const MAC = Buffer.alloc(32, 0x42);
const LARGEST = Number.MAX_SAFE_INTEGER;

function bytesOf(fields: object, v: number = SESSION_VERSION): Buffer {
  return Buffer.from(serialize({ v, ...fields }));
}

function read(fields: object): Extension {
  return decodeExtension(bytesOf(fields), SESSION_VERSION);
}

function passed(extension: Partial<Extension>): Extension {
  const bytes = encodeExtension({ version: SESSION_VERSION, ...extension });
  return decodeExtension(bytes, SESSION_VERSION);
}

const resume = { sid: new Binary(SID), id: Long.fromNumber(7), r: 5 };
const resumed = { h: new Binary(MAC), r: 5 };
const child = { id: Long.fromNumber(7), taken: 3, attempt: 1 };

/** Values that are no whole number from 0 to 2^53-1. */
const NO_COUNTS: Readonly<Record<string, unknown>> = {
  'a negative number': -1,
  'a fraction': 1.5,
  'no number': Number.NaN,
  infinity: Infinity,
  '2^53': Long.fromString('9007199254740992'),
  '2^53 as a double': 2 ** 53,
  'the lowest int64': Long.MIN_VALUE,
  text: '5',
  null: null,
  true: true,
  'a document': {},
  'a list': [5],
  'a document that claims to be a Long': { __isLong__: true, low: 5, high: 0 },
};

/** Values that are no document. */
const NO_DOCUMENTS: Readonly<Record<string, unknown>> = {
  text: 'resume',
  'a number': 5,
  'an int64': Long.fromString('9007199254740993'),
  null: null,
  false: false,
  'a list': [],
  bytes: new Binary(SID),
  'a date': new Date(5),
};

const NO_IDS: Readonly<Record<string, unknown>> = {
  text: '7',
  null: null,
  'a fraction': 1.5,
  bytes: new Binary(Buffer.alloc(8)),
  'a document': {},
  'a document that claims to be a Long': { __isLong__: true },
};

describe('connection/resume-record', () => {
  it('carries a session to go on with, with ids and positions of all sizes', () => {
    for (const firstId of [0n, 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]) {
      for (const received of [0, 2 ** 31, 2 ** 32, LARGEST]) {
        const extension = passed({ resume: { sessionId: SID, firstId, received } });
        expect(extension.resume).to.deep.equal({ sessionId: SID, firstId, received });
      }
    }
  });

  it('carries a session to go on with beside the longest token that a client may have', () => {
    const token = 'x'.repeat(8_000);
    expect(() => resolveClientOptions({ token: `${token}x` })).to.throw(OptionError, 'token');
    expect(resolveClientOptions({ token })).to.be.an('object');
    const proof = { counter: LARGEST, nonce: Buffer.alloc(16), mac: MAC };
    const going = { sessionId: SID, firstId: 2n ** 64n - 1n, received: LARGEST };
    const extension = { token, proof, resume: going };
    expect(passed(extension)).to.deep.include(extension);
  });

  it('carries the server’s answer', () => {
    expect(passed({ resumed: { mac: MAC, received: LARGEST } }).resumed).to.deep.equal({
      mac: MAC,
      received: LARGEST,
    });
  });

  it('carries how long a session is kept', () => {
    for (const keepMs of [0, 180_000, LARGEST]) expect(passed({ keepMs }).keepMs).to.equal(keepMs);
  });

  it('carries a new stream of a child, one to go on with, and the answer', () => {
    for (const stream of [{}, { id: 2n ** 64n - 1n, taken: 0, attempt: 1 }, { taken: LARGEST }]) {
      expect(passed({ stream }).stream).to.include(stream);
    }
    const { stream } = passed({ stream: {} });
    expect(stream).to.deep.equal({ id: undefined, taken: undefined, attempt: undefined });
  });

  it('says nothing of all that where it was not given', () => {
    const extension = passed({ token: 'let me in' });
    for (const field of ['resume', 'resumed', 'keepMs', 'stream', 'refused'] as const) {
      expect(extension[field], field).to.equal(undefined);
    }
  });

  it('F35 passes over the fields on a connection of version 2, whatever is in them', () => {
    const fields = { resume: 5, resumed: 'x', keep: -1, stream: [], refused: { why: 5 } };
    // Once the peer has the lower version, once we have it.
    for (const [theirs, ours] of [
      [2, SESSION_VERSION],
      [SESSION_VERSION, 2],
    ] as const) {
      const extension = decodeExtension(bytesOf(fields, theirs), ours);
      expect(extension).to.deep.equal({
        version: 2,
        token: undefined,
        session: undefined,
        proof: undefined,
        isLane: false,
        refused: undefined,
      });
    }
  });

  it('F8 passes over fields in the documents that it does not know', () => {
    const later = { later: { is: ['fine'] } };
    const extension = read({
      resume: { ...resume, ...later },
      resumed: { ...resumed, ...later },
      stream: { ...child, ...later },
      refused: { why: 'full', ...later },
    });
    expect(extension.resume).to.include({ received: 5, firstId: 7n });
    expect(extension.resumed).to.include({ received: 5 });
    expect(extension.stream).to.deep.equal({ id: 7n, taken: 3, attempt: 1 });
    expect(extension.refused).to.deep.equal({ why: 'full', retryAfterMs: undefined });
  });

  it('F8 reads numbers in each form that BSON has', () => {
    for (const form of [new Int32(5), Long.fromNumber(5), new Double(5)]) {
      expect(read({ resume: { ...resume, r: form } }).resume?.received).to.equal(5);
      expect(read({ resume: { ...resume, id: form } }).resume?.firstId).to.equal(5n);
      expect(read({ keep: form }).keepMs).to.equal(5);
      expect(read({ stream: { ...child, attempt: form } }).stream?.attempt).to.equal(5);
    }
    expect(read({ resume: { ...resume, id: Long.fromNumber(-1) } }).resume?.firstId).to.equal(
      2n ** 64n - 1n,
    );
  });

  for (const [what, value] of Object.entries(NO_COUNTS)) {
    it(`F8 refuses ${what} where a count belongs`, () => {
      expectMalformed({ resume: { ...resume, r: value } }, 'resume');
      expectMalformed({ resumed: { ...resumed, r: value } }, 'resumed');
      expectMalformed({ keep: value }, 'keep');
      expectMalformed({ stream: { ...child, taken: value } }, 'stream');
      expectMalformed({ stream: { taken: value } }, 'stream');
      expectMalformed({ stream: { ...child, attempt: value } }, 'stream');
      expectMalformed({ refused: { why: 'full', retryAfterMs: value } }, 'refused');
    });
  }

  for (const [what, value] of Object.entries(NO_IDS)) {
    it(`F8 refuses ${what} where an id belongs`, () => {
      expectMalformed({ resume: { ...resume, id: value } }, 'resume');
      expectMalformed({ stream: { ...child, id: value } }, 'stream');
    });
  }

  for (const [what, value] of Object.entries(NO_DOCUMENTS)) {
    it(`F8 refuses ${what} where a document belongs`, () => {
      for (const field of ['resume', 'resumed', 'stream']) {
        expectMalformed({ [field]: value }, field);
      }
      if (typeof value !== 'string') expectMalformed({ refused: value }, 'refused');
    });
  }

  it('F8 refuses a session id, and a MAC, of any other length', () => {
    for (const length of [0, 15, 17]) {
      expectMalformed({ resume: { ...resume, sid: new Binary(Buffer.alloc(length)) } }, 'resume');
    }
    for (const length of [0, 31, 33]) {
      expectMalformed({ resumed: { ...resumed, h: new Binary(Buffer.alloc(length)) } }, 'resumed');
    }
    expectMalformed({ resume: { ...resume, sid: 'x'.repeat(16) } }, 'resume');
    expectMalformed({ resumed: { ...resumed, h: 'x'.repeat(32) } }, 'resumed');
  });

  it('F8 refuses documents without a field that they need', () => {
    for (const field of ['sid', 'id', 'r']) {
      expectMalformed({ resume: { ...resume, [field]: undefined } }, 'resume');
    }
    for (const field of ['h', 'r']) {
      expectMalformed({ resumed: { ...resumed, [field]: undefined } }, 'resumed');
    }
    for (const field of ['id', 'taken', 'attempt']) {
      expectMalformed({ stream: { ...child, [field]: undefined } }, 'stream');
    }
    for (const why of [undefined, 5, null]) expectMalformed({ refused: { why } }, 'refused');
  });

  it('E2 refuses an attempt of 0, or of 2^32', () => {
    expectMalformed({ stream: { ...child, attempt: 0 } }, 'stream');
    expectMalformed({ stream: { ...child, attempt: 2 ** 32 } }, 'stream');
    expect(read({ stream: { ...child, attempt: 2 ** 32 - 1 } }).stream?.attempt).to.equal(
      2 ** 32 - 1,
    );
  });

  it('E1-log no error of a malformed record shows what was in it', () => {
    const secret = 'ssssssssecret';
    const fields: object[] = [
      { sid: new Binary(SID), secret },
      { resume: { ...resume, sid: secret } },
      { resume: { ...resume, r: secret } },
      { resumed: { ...resumed, h: secret } },
      { stream: secret },
      { refused: { why: 5, secret } },
      { proof: { secret } },
    ];
    for (const field of fields) {
      for (const bytes of [bytesOf(field), bytesOf(field).subarray(0, -1)]) {
        const error = thrownBy(() => decodeExtension(bytes, SESSION_VERSION));
        expect(error).to.be.instanceOf(ProtocolError);
        expect(inspect(error, { depth: 9, showHidden: true })).not.to.include('ssssss');
      }
    }
  });
});

function expectMalformed(fields: object, field: string): void {
  const bytes = Buffer.from(
    serialize({ v: SESSION_VERSION, ...fields }, { ignoreUndefined: true }),
  );
  expect(() => decodeExtension(bytes, SESSION_VERSION), inspect(fields))
    .to.throw(ProtocolError, `malformed field ${field}`)
    .and.include({ scope: 'connection', initiator: 'remote' });
}
