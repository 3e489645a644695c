import { expect } from 'chai';

import { lz4Fragmented } from '../../lib/compression/lz4-fragmented.ts';
import { loadLz4Library, type Lz4Library } from '../../lib/compression/lz4-library.ts';
import { lz4 } from '../../lib/compression/lz4.ts';
import { OptionError } from '../../lib/errors/errors.ts';

const failToLoad = (): Lz4Library => {
  throw new Error("Cannot find module 'lz4-napi'");
};

describe('loadLz4Library', () => {
  it('loads the installed lz4-napi', () => {
    const library = loadLz4Library();
    const sizedBlock = library.compressSync(Buffer.from('abc'));
    expect(library.uncompressSync(sizedBlock).toString()).to.equal('abc');
  });

  it('says what to install, and why, when lz4-napi does not load', () => {
    for (const make of [loadLz4Library, lz4, lz4Fragmented]) {
      expect(() => make({ load: failToLoad }))
        .to.throw(OptionError, /npm install lz4-napi.*Cannot find module/)
        .with.property('option', 'compression');
    }
  });

  it('takes a codec of the caller instead, and asks for it once', () => {
    let loads = 0;
    const library = loadLz4Library();
    const factory = lz4({
      load: () => {
        loads++;
        return library;
      },
    });
    for (let i = 0; i < 3; i++) factory.negotiate('LZ4', true, () => undefined);
    expect(loads).to.equal(1);
  });
});
