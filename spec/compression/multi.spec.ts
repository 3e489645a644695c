import { expect } from 'chai';

import type { Compressor, CompressorFactory } from '../../lib/compression/compressor.ts';
import { multiCompressor } from '../../lib/compression/multi.ts';
import { namedFactory } from '../../lib/compression/named-factory.ts';
import { OptionError } from '../../lib/errors/errors.ts';

function factory(name: string): CompressorFactory {
  const compressor: Compressor = { name, compress: (x) => x, decompress: (x) => x };
  return namedFactory(compressor);
}

/** The name that is agreed on for an offer or a choice. */
function agreed(supported: string, feature: string, isServer: boolean): string | undefined {
  const multi = multiCompressor(...supported.split(',').map(factory));
  return multi.negotiate(feature, isServer, () => undefined)?.name;
}

describe('multiCompressor', () => {
  it('A5 offers the names with commas and no spaces, the preferred first', () => {
    expect(multiCompressor(factory('A')).supported).to.equal('A');
    expect(multiCompressor(factory('B'), factory('A')).supported).to.equal('B,A');
  });

  it("test_rpc_connect_multi_compression_algo: a server goes by the client's order", () => {
    const table = [
      ['A,B', 'A,B', 'A'],
      ['A,B', 'B,A', 'B'],
      ['A,B', 'B', 'B'],
      ['A,B', 'X,B,A', 'B'],
      ['A', 'X,A', 'A'],
      ['A,B', 'X,Y', undefined],
      ['A,B', '', undefined],
      ['A,B', ',,A', 'A'],
      ['A,B', 'A B', undefined],
      ['A,B', ' A', undefined],
      ['A,B', 'AB', undefined],
    ] as const;
    for (const [ours, offer, choice] of table) {
      expect(agreed(ours, offer, true), `${ours} offered ${offer}`).to.equal(choice);
    }
  });

  it('S-W3 a client takes one of its own names and nothing else', () => {
    const table = [
      ['A,B', 'A', 'A'],
      ['A,B', 'B', 'B'],
      ['A,B', 'X', undefined],
      ['A,B', '', undefined],
      ['A,B', 'A,B', undefined],
      ['A,B', 'X,A', undefined],
    ] as const;
    for (const [ours, answer, choice] of table) {
      expect(agreed(ours, answer, false), `${ours} answered ${answer}`).to.equal(choice);
    }
  });

  it('holds others of its kind', () => {
    const nested = multiCompressor(factory('A'), multiCompressor(factory('B'), factory('C')));
    expect(nested.supported).to.equal('A,B,C');
    expect(nested.negotiate('C,A', true, () => undefined)?.name).to.equal('C');
    expect(nested.negotiate('C', false, () => undefined)?.name).to.equal('C');
  });

  it('test_compressor_empty_frames: hands on the way to send an empty frame', () => {
    const handed: unknown[] = [];
    const curious: CompressorFactory = {
      supported: 'A',
      negotiate: (...args) => {
        handed.push(args);
        return undefined;
      },
    };
    const sendEmptyFrame = (): void => undefined;
    multiCompressor(curious).negotiate('A,B', true, sendEmptyFrame);
    multiCompressor(curious).negotiate('A', false, sendEmptyFrame);
    expect(handed).to.deep.equal([
      ['A', true, sendEmptyFrame],
      ['B', true, sendEmptyFrame],
      ['A', false, sendEmptyFrame],
    ]);
  });

  it('refuses to be made of nothing', () => {
    expect(() => multiCompressor()).to.throw(OptionError, 'at least one factory');
  });
});
