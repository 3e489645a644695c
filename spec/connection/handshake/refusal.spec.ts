import { expect } from 'chai';

import {
  encodeRefusal,
  refusalIn,
  refusalToldIn,
} from '../../../lib/connection/handshake/refusal.ts';
import type { Refusal } from '../../../lib/connection/handshake/resume-record.ts';
import { UnauthenticatedError } from '../../../lib/errors/access-errors.ts';
import { RefusedError } from '../../../lib/errors/errors.ts';
import type { Features } from '../../../lib/wire/feature.ts';
import { NegotiationDecoder } from '../../../lib/wire/negotiation-frame.ts';

const SESSION_VERSION = 3;

/** What a client finds in an answer that is not finished. */
function begun(bytes: Buffer): Features {
  const decoder = new NegotiationDecoder();
  decoder.push(bytes);
  expect(decoder.next()).to.equal(undefined);
  const features = decoder.begun();
  if (features === undefined) throw new Error('there is no whole record');
  return features;
}

describe('connection/refusal', () => {
  it('the text of version 2 tells that the identity is not accepted, to clients of both versions', () => {
    const features = begun(encodeRefusal());
    expect(refusalIn(features)).to.be.instanceOf(UnauthenticatedError);
    for (const own of [2, SESSION_VERSION]) {
      expect(refusalToldIn(features, own)).to.deep.equal({ why: 'principal' });
    }
  });

  const refusals: readonly Refusal[] = [
    { why: 'principal', retryAfterMs: undefined },
    { why: 'full', retryAfterMs: 5_000 },
    { why: 'leaving', retryAfterMs: 0 },
    { why: 'later reason', retryAfterMs: Number.MAX_SAFE_INTEGER },
  ];
  for (const refusal of refusals) {
    it(`a client of version 3 is told the reason ${refusal.why}`, () => {
      const features = begun(encodeRefusal(refusal, SESSION_VERSION));
      expect(refusalToldIn(features, SESSION_VERSION)).to.deep.equal(refusal);
    });

    it(`F35 to a client of version 2 the document with ${refusal.why} is no refusal`, () => {
      const features = begun(encodeRefusal(refusal, SESSION_VERSION));
      expect(refusalToldIn(features, 2)).to.equal(undefined);
      expect(refusalIn(features, 2)).to.equal(undefined);
    });
  }

  it('any reason but the identity is one after which another try may succeed', () => {
    const texts = [
      ['full', 'the server has no room for this client'],
      ['leaving', 'the server is being closed'],
      ['\u001b[2J later', 'the server takes no connection of this client now'],
    ] as const;
    for (const [why, message] of texts) {
      for (const retryAfterMs of [undefined, 5_000]) {
        const error = refusalIn(begun(encodeRefusal({ why, retryAfterMs })));
        expect(error).to.be.instanceOf(RefusedError);
        expect(error).to.include({ message, scope: 'connection', initiator: 'remote' });
        expect(error).to.include({ retryable: true });
        expect((error as RefusedError).retryAfterMs).to.equal(retryAfterMs);
      }
    }
    const principal = refusalIn(begun(encodeRefusal({ why: 'principal' })));
    expect(principal).to.be.instanceOf(UnauthenticatedError);
  });

  it('is none where another text, nothing, or no document is', () => {
    const features = begun(encodeRefusal('something else'));
    expect(refusalToldIn(features)).to.equal(undefined);
    const without: Features = { ...features, extension: undefined };
    const broken: Features = { ...features, extension: Buffer.from('05000000', 'hex') };
    for (const answer of [without, broken]) {
      expect(refusalToldIn(answer, SESSION_VERSION)).to.equal(undefined);
    }
  });
});
