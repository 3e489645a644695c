import { expect } from 'chai';

import { formatLabel, formatQuantity, isLowerBetter } from '../../../bench/results/quantity.ts';

describe('formatQuantity', () => {
  const cases: readonly (readonly [value: number, unit: string, text: string])[] = [
    [12_345_678, 'msg/s', '12.3 M msg/s'],
    [21_500, 'calls/s', '21.5 k calls/s'],
    [9_876, 'calls/s', '9,880 calls/s'],
    [0.5, 'opens/s', '0.5 opens/s'],
    [3_123.4, 'MB/s', '3,120 MB/s'],
    [75.04, 'µs', '75 µs'],
    [15_000, 'µs', '15,000 µs'],
    [71, 'connections', '71 connections'],
    [512, 'B', '512 B'],
    [14_848, 'B/stream', '14.5 KiB/stream'],
    [-2_097_152, 'B', '-2 MiB'],
  ];
  for (const [value, unit, text] of cases) {
    it(`writes ${value} ${unit} as ${text}`, () => {
      expect(formatQuantity(value, unit)).to.equal(text);
    });
  }
});

describe('formatLabel', () => {
  it('leaves out the unit of a rate of things only', () => {
    expect(formatLabel(12_345_678, 'msg/s')).to.equal('12.3 M');
    expect(formatLabel(3_123, 'MB/s')).to.equal('3,120 MB/s');
    expect(formatLabel(75, 'µs')).to.equal('75 µs');
    expect(formatLabel(16 * 2 ** 20, 'B')).to.equal('16 MiB');
  });
});

describe('isLowerBetter', () => {
  it('is so of time, memory and connections, and of no rate', () => {
    expect(['µs', 'B', 'B/stream', 'connections'].every(isLowerBetter)).to.be.true;
    expect(['msg/s', 'MB/s', 'calls/s', 'opens/s', 'op/s'].some(isLowerBetter)).to.be.false;
  });
});
