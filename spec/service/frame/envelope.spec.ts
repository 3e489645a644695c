import { expect } from 'chai';

import { encodePlain } from '../../../lib/document/plain-bson.ts';
import {
  decodeReplyEnvelope,
  decodeRequestEnvelope,
  encodeReplyEnvelope,
  encodeRequestEnvelope,
  MAX_ENVELOPE_BYTES,
  type RequestEnvelope,
  requestEnvelope,
} from '../../../lib/service/frame/envelope.ts';
import { expectRefusal } from '../../serializer/support/codec.ts';

const LIMIT = 8_192;

function throughWire(envelope: RequestEnvelope): RequestEnvelope {
  return decodeRequestEnvelope(encodeRequestEnvelope(envelope), LIMIT);
}

describe('service/envelope', () => {
  it('says all that goes with a request', () => {
    const envelope = {
      metadata: { tenant: 'a', key: new Uint8Array([1, 2]) },
      offer: { lane: 0xfedc_ba98_7654_3210n, number: 7 },
      streamTimeoutMs: 1_500.5,
    };
    const { metadata, ...rest } = throughWire(envelope);
    expect(rest).to.deep.equal({ offer: envelope.offer, streamTimeoutMs: 1_500.5 });
    expect({ ...metadata }).to.deep.equal({ tenant: 'a', key: Buffer.from([1, 2]) });
  });

  it('says each thing alone', () => {
    expect(throughWire({ streamTimeoutMs: 5 })).to.deep.equal({
      metadata: undefined,
      offer: undefined,
      streamTimeoutMs: 5,
    });
    expect({ ...throughWire({ metadata: { a: 'b' } }).metadata }).to.deep.equal({ a: 'b' });
  });

  for (const lane of [
    0n,
    1n,
    0x7fff_ffff_ffff_ffffn,
    0x8000_0000_0000_0000n,
    0xffff_ffff_ffff_fffen,
  ]) {
    it(`keeps the lane 0x${lane.toString(16)}`, () => {
      expect(throughWire({ offer: { lane, number: 1 } }).offer?.lane).to.equal(lane);
    });
  }

  for (const number of [1, 2 ** 31, 2 ** 33 + 1, Number.MAX_SAFE_INTEGER]) {
    it(`keeps the stream number ${number}`, () => {
      expect(throughWire({ offer: { lane: 1n, number } }).offer?.number).to.equal(number);
    });
  }

  it('takes a stream number in any integer width', () => {
    const bytes = encodePlain({ o: { lane: 5n, number: 9n } });
    expect(decodeRequestEnvelope(bytes, LIMIT).offer).to.deep.equal({ lane: 5n, number: 9 });
  });

  it('says headers and trailers of a reply', () => {
    const bytes = encodeReplyEnvelope({ headers: { h: '1' }, trailers: { t: '2' } });
    const { headers, trailers } = decodeReplyEnvelope(bytes ?? expect.fail('nothing'), LIMIT);
    expect({ headers: { ...headers }, trailers: { ...trailers } }).to.deep.equal({
      headers: { h: '1' },
      trailers: { t: '2' },
    });
  });

  it('has nothing to say where there is nothing', () => {
    expect(encodeReplyEnvelope({ headers: {}, trailers: {} })).to.equal(undefined);
    expect(requestEnvelope(undefined, undefined, undefined)).to.equal(undefined);
    expect(requestEnvelope({}, undefined, 0)).to.equal(undefined);
    expect(requestEnvelope({}, undefined, Infinity)).to.equal(undefined);
  });

  it('leaves out what is no limit', () => {
    const metadata = { a: '1' };
    expect(requestEnvelope(metadata, undefined, 0)?.streamTimeoutMs).to.equal(undefined);
    expect(requestEnvelope(metadata, undefined, 9)?.streamTimeoutMs).to.equal(9);
  });

  it('ignores fields that it does not know', () => {
    const request = decodeRequestEnvelope(encodePlain({ z: [1], s: 5 }), LIMIT);
    expect(request.streamTimeoutMs).to.equal(5);
    const reply = decodeReplyEnvelope(encodePlain({ m: 'of a request', z: 1 }), LIMIT);
    expect(Object.keys(reply.headers)).to.have.length(0);
  });

  for (const [what, document] of [
    ['metadata that is no document', { m: 5 }],
    ['metadata with a number', { m: { a: 5 } }],
    ['metadata with a bad name', { m: { 'a b': 'c' } }],
    ['an offer that is no document', { o: 5 }],
    ['an offer without a lane', { o: { number: 1 } }],
    ['an offer with a lane in 32 bits', { o: { lane: 5, number: 1 } }],
    ['an offer without a number', { o: { lane: 5n } }],
    ['an offer with number 0', { o: { lane: 5n, number: 0 } }],
    ['an offer with a fraction', { o: { lane: 5n, number: 1.5 } }],
    ['an offer beyond safe numbers', { o: { lane: 5n, number: 2n ** 60n } }],
    ['a time limit of 0', { s: 0 }],
    ['a time limit below 0', { s: -1 }],
    ['an infinite time limit', { s: Infinity }],
    ['a time limit that is no number', { s: NaN }],
    ['a time limit in words', { s: 'long' }],
    ['an array', [1]],
    ['a number', 5],
  ] as const) {
    it(`refuses ${what}`, () => {
      expectRefusal(() => decodeRequestEnvelope(encodePlain(document), LIMIT), {
        path: '',
        message: /./,
        initiator: 'remote',
      });
    });
  }

  it('refuses headers and trailers that are none', () => {
    for (const document of [{ h: 5 }, { t: [] }, { h: { a: 1 } }]) {
      expectRefusal(() => decodeReplyEnvelope(encodePlain(document), LIMIT), {
        path: '',
        message: /./,
        initiator: 'remote',
      });
    }
  });

  it('E1 refuses a key that pollutes prototypes', () => {
    const bytes = encodePlain({ m: { xxprotoxx: 'a' } });
    bytes.write('__proto__', bytes.indexOf('xxprotoxx'), 'latin1');
    expectRefusal(() => decodeRequestEnvelope(bytes, LIMIT), {
      path: '[0].m.__proto__',
      message: /the key is refused/,
      initiator: 'remote',
    });
  });

  it('fits into its limit with all the metadata that limits allow', () => {
    const large = Object.fromEntries(
      Array.from({ length: 64 }, (_, i) => [`name-${i}`.padEnd(64, 'x'), 'v'.repeat(400)]),
    );
    const bytes = encodeReplyEnvelope({ headers: large, trailers: large });
    expect(bytes?.length).to.be.within(59_000, MAX_ENVELOPE_BYTES);
  });
});
