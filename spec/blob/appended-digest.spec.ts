import { expect } from 'chai';

import { DigestFilter, encodeDigest } from '../../lib/blob/appended-digest.ts';

const CRC = { algorithm: 'crc32', digest: Buffer.from('cbf43926', 'hex') } as const;
const [EMPTY = Buffer.alloc(0), DIGEST = Buffer.alloc(0)] = encodeDigest(CRC);
const DATA = Buffer.from('data');

function filtered(messages: readonly Uint8Array[]): {
  content: Uint8Array[];
  filter: DigestFilter;
} {
  const filter = new DigestFilter();
  return { content: messages.flatMap((message) => [...filter.content(message)]), filter };
}

describe('service/blob/appended-digest', () => {
  it('is an empty message and one with the name, a colon and the digest', () => {
    expect(EMPTY).to.have.length(0);
    expect(Buffer.from(DIGEST).toString('hex')).to.equal('63726333323acbf43926');
  });

  it('is told from the content before it', () => {
    const { content, filter } = filtered([DATA, EMPTY, DIGEST]);
    expect(content).to.deep.equal([DATA]);
    expect(filter.digest).to.deep.equal(CRC);
  });

  for (const [what, messages, expected] of [
    ['something follows it', [EMPTY, DIGEST, DATA], [DIGEST, DATA]],
    ['another one follows it', [EMPTY, DIGEST, DIGEST], [DIGEST, DIGEST]],
    ['an empty message follows it', [EMPTY, DIGEST, EMPTY], [DIGEST]],
    ['no empty message stands before it', [DATA, DIGEST], [DATA, DIGEST]],
    ['it is cut short', [EMPTY, DIGEST.subarray(0, -1)], [DIGEST.subarray(0, -1)]],
    ['its algorithm is unknown', [EMPTY, Buffer.from('crc31:abcd')], [Buffer.from('crc31:abcd')]],
    ['it has no colon', [EMPTY, Buffer.from('crc32')], [Buffer.from('crc32')]],
  ] as const) {
    it(`is content where ${what}`, () => {
      const { content, filter } = filtered(messages);
      expect(content).to.deep.equal(expected);
      expect(filter.digest).to.equal(undefined);
    });
  }

  it('is found behind what only looked like one', () => {
    const { content, filter } = filtered([EMPTY, DIGEST, EMPTY, DIGEST]);
    expect(content).to.deep.equal([DIGEST]);
    expect(filter.digest).to.deep.equal(CRC);
  });
});
