import { expect } from 'chai';

import { isRpcError } from '../../lib/errors/rpc-error.ts';
import { thrownBy } from '../support/rejection.ts';
import { SESSION_FRAMES } from './session-frames.ts';
import { readSessionVectors } from './session-vectors.ts';

/** Places whose bytes may go on being right when the end of a list or a text is cut off. */
const LISTS = ['acknowledgements of streams', 'acknowledgements of children'];
const ID_LISTS = ['calls that have no reply'];

/** Whether what is left after a cut is a shorter list or document, and no mistake. */
function isShorter(name: string, length: number): boolean {
  if (LISTS.includes(name)) return (length - 1) % 24 === 0;
  if (ID_LISTS.includes(name)) return (length - 1) % 8 === 0;
  return name === 'a mark' && length > 8;
}

describe('the recorded bytes of version 3 of our extension', () => {
  const { version, frames } = readSessionVectors();

  it('F35 are those of the samples', () => {
    expect(version).to.equal(3);
    const names = SESSION_FRAMES.map(({ place, name }) => [place, name]);
    expect(frames.map(({ place, name }) => [place, name])).to.deep.equal(names);
  });

  for (const [at, { place, name, hex }] of frames.entries()) {
    const sample = SESSION_FRAMES[at]!;
    const bytes = Buffer.from(hex, 'hex');

    it(`F35 ${place}: ${name}: is written so today`, () => {
      expect(sample.encode().toString('hex')).to.equal(hex);
    });

    it(`F35 ${place}: ${name}: is read as what was written`, () => {
      expect(sample.decode(bytes)).to.deep.equal(sample.value);
    });

    it(`F8 ${place}: ${name}: is refused wherever it is cut off`, () => {
      for (let length = 0; length < bytes.length; length++) {
        if (isShorter(name, length)) continue;
        const error = thrownBy(() => sample.decode(bytes.subarray(0, length)));
        expect(isRpcError(error), `${length} bytes`).to.equal(true);
        expect(error).to.include({ code: 'ERR_PROTOCOL', initiator: 'remote' });
      }
    });
  }
});
