import { expect } from 'chai';

import { InFlight, REAL_TIME_WINDOW } from '../../../lib/stream/resume/in-flight.ts';

const { windowBytes, windowItems, ackPeriod } = REAL_TIME_WINDOW;

function filled(items: number, bytes: number): InFlight {
  const inFlight = new InFlight();
  for (let item = 0; item < items; item++) inFlight.add(bytes);
  return inFlight;
}

describe('InFlight', () => {
  it('L11, L1 has room for 61 items of 256 KiB, acknowledged every 30', () => {
    expect([windowItems, windowBytes, ackPeriod]).to.deep.equal([61, 262_144, 30]);
    expect(filled(60, 1).hasRoom).to.equal(true);
    expect(filled(61, 1).hasRoom).to.equal(false);
  });

  it('L11 takes an item for as large as the last one, and stays within its bytes', () => {
    const share = windowBytes / 4;
    expect(filled(3, share).hasRoom).to.equal(true);
    expect(filled(4, share).hasRoom).to.equal(false);
    expect(filled(3, share + 1).hasRoom).to.equal(false);
  });

  it('L11 lets an item of any size go alone', () => {
    const inFlight = filled(1, 10 * windowBytes);
    expect(inFlight.hasRoom).to.equal(false);
    inFlight.acknowledge(1);
    expect([inFlight.hasRoom, inFlight.bytes, inFlight.items]).to.deep.equal([true, 0, 0]);
  });

  it('gives room for what is acknowledged, once', () => {
    const inFlight = filled(61, 10);
    inFlight.acknowledge(30);
    inFlight.acknowledge(29);
    inFlight.acknowledge(30);
    expect([inFlight.items, inFlight.bytes]).to.deep.equal([31, 310]);
  });

  it('forgets what was lost with a lane, and keeps what was taken and not acknowledged', () => {
    const inFlight = filled(10, 7);
    inFlight.acknowledge(4);
    inFlight.restart(6);
    expect([inFlight.items, inFlight.bytes]).to.deep.equal([2, 14]);
  });

  it('counts items that were taken from a lane that was given up', () => {
    const inFlight = filled(3, 7);
    inFlight.acknowledge(2);
    inFlight.restart(5);
    expect([inFlight.items, inFlight.bytes]).to.deep.equal([3, 7]);
    inFlight.acknowledge(5);
    expect([inFlight.items, inFlight.bytes]).to.deep.equal([0, 0]);
  });
});
