import { expect } from 'chai';

import { RoomWait } from '../../../lib/connection/link/room-wait.ts';
import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import { SinkMeter } from '../../../lib/stream/half/sink-meter.ts';

/** A writer whose counts the test sets. */
class TestWriter {
  readonly clock: ManualClock = new ManualClock();
  sentBytes = 0;
  bufferedBytes = 0;
  waits: RoomWait | undefined;

  /** A sender waits for room for so long. */
  wait(isBlocked: boolean, ms: number): void {
    this.waits ??= new RoomWait(this.clock);
    void this.waits.wait(isBlocked);
    this.clock.advance(ms);
    this.waits.resolve();
  }
}

describe('SinkMeter', () => {
  it('counts the time between waits for room as the producer’s', () => {
    const writer = new TestWriter();
    const { clock } = writer;
    const meter = new SinkMeter(writer, clock);
    clock.advance(1);
    expect(meter.figures(0, 100).waitsFor).to.equal('producer');
    writer.wait(false, 2);
    clock.advance(4);
    writer.wait(true, 8);
    clock.advance(16);
    const { ageMs, waitedMs } = meter.figures(3, 100);
    expect(waitedMs).to.deep.equal({ producer: 1 + 4 + 16, budget: 2, network: 8, reader: 0 });
    expect(ageMs).to.equal(31);
  });

  it('tells what a sender waits for just now', () => {
    const writer = new TestWriter();
    const meter = new SinkMeter(writer, writer.clock);
    writer.waits = new RoomWait(writer.clock);
    void writer.waits.wait(false);
    expect(meter.figures(0, 100).waitsFor).to.equal('budget');
    writer.waits.setBlocked(true);
    expect(meter.figures(0, 100).waitsFor).to.equal('network');
  });

  it('waits for the network until its end is out, and for the reader from then on', () => {
    const writer = new TestWriter();
    const { clock } = writer;
    const meter = new SinkMeter(writer, clock);
    clock.advance(1);
    meter.end();
    clock.advance(2);
    expect(meter.figures(0, 100)).to.deep.include({
      waitsFor: 'network',
      waitedMs: { producer: 1, budget: 0, network: 2, reader: 0 },
    });
    meter.onDrained();
    clock.advance(4);
    expect(meter.figures(0, 100)).to.deep.include({
      waitsFor: 'reader',
      waitedMs: { producer: 1, budget: 0, network: 2, reader: 4 },
    });
  });

  it('counts neither what its connection carried before, nor what it carries after', () => {
    const writer = new TestWriter();
    writer.wait(true, 1);
    Object.assign(writer, { sentBytes: 10, bufferedBytes: 5 });
    const meter = new SinkMeter(writer, writer.clock);
    Object.assign(writer, { sentBytes: 20, bufferedBytes: 7 });
    writer.wait(true, 2);
    const figures = meter.figures(4, 100);
    expect(figures).to.include({ items: 4, bytes: 12, bufferedBytes: 7, budgetBytes: 100 });
    expect(figures.waitedMs.network).to.equal(2);
    meter.end();
    meter.onDrained();
    Object.assign(writer, { sentBytes: 1_000, bufferedBytes: 50 });
    writer.wait(true, 4);
    meter.end();
    expect(meter.figures(4, 100)).to.include({ bytes: 12, bufferedBytes: 0 });
    expect(meter.figures(4, 100).waitedMs.network).to.equal(2);
  });
});
