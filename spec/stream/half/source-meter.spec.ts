import { expect } from 'chai';

import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import { SourceMeter } from '../../../lib/stream/half/source-meter.ts';

/** A connection whose counts the test sets. */
class TestConnection {
  readonly clock: ManualClock = new ManualClock();
  readonly link = { receivedBytes: 0, isPaused: false, pausedMs: 0 };
  readonly input = { heldBytes: 0 };

  meter(): SourceMeter {
    return new SourceMeter(this, this.clock);
  }
}

describe('SourceMeter', () => {
  it('waits for the producer while a reader waits', () => {
    const connection = new TestConnection();
    const { clock } = connection;
    const meter = connection.meter();
    clock.advance(1);
    expect(meter.figures(0, 100).waitsFor).to.equal(undefined);
    meter.setWaiting(true);
    clock.advance(2);
    expect(meter.figures(0, 100).waitsFor).to.equal('producer');
    expect(meter.figures(0, 100).waitedMs.producer).to.equal(2);
    meter.setWaiting(false);
    clock.advance(4);
    meter.setWaiting(false);
    meter.setWaiting(true);
    clock.advance(8);
    meter.setWaiting(false);
    const { ageMs, waitedMs } = meter.figures(0, 100);
    expect(waitedMs).to.deep.equal({ producer: 10, budget: 0, network: 0, reader: 0 });
    expect(ageMs).to.equal(15);
  });

  it('waits for its reader while the socket is not read', () => {
    const connection = new TestConnection();
    connection.link.pausedMs = 3;
    const meter = connection.meter();
    Object.assign(connection.link, { isPaused: true, pausedMs: 10 });
    expect(meter.figures(0, 100).waitsFor).to.equal('reader');
    expect(meter.figures(0, 100).waitedMs.reader).to.equal(7);
  });

  it('counts what had come before it was opened and was not read', () => {
    const connection = new TestConnection();
    connection.link.receivedBytes = 30;
    connection.input.heldBytes = 20;
    const meter = connection.meter();
    connection.link.receivedBytes = 40;
    connection.input.heldBytes = 25;
    expect(meter.figures(2, 100)).to.include({
      items: 2,
      bytes: 30,
      bufferedBytes: 25,
      budgetBytes: 100,
    });
  });

  it('counts nothing behind its end, which belongs to the next one', () => {
    const connection = new TestConnection();
    const meter = connection.meter();
    connection.link.receivedBytes = 40;
    connection.input.heldBytes = 25;
    connection.clock.advance(1);
    meter.end();
    connection.link.receivedBytes = 1_000;
    connection.clock.advance(1);
    Object.assign(connection.link, { isPaused: true, pausedMs: 10 });
    meter.end();
    const figures = meter.figures(2, 100);
    expect(figures).to.include({ bytes: 15, bufferedBytes: 0, ageMs: 1, waitsFor: undefined });
    expect(figures.waitedMs.reader).to.equal(0);
  });
});
