import { expect } from 'chai';

import { KeptMemory, STREAM_BYTES } from '../../../lib/stream/resume/kept-memory.ts';

describe('the memory of resumable streams', () => {
  it('is full of their items, and not of the streams themselves', () => {
    const memory = new KeptMemory(1_000);
    for (let streams = 0; streams < 3; streams++) memory.change(0, STREAM_BYTES);
    expect([memory.bytes, memory.isFull]).to.deep.equal([3 * STREAM_BYTES, false]);
    memory.change(STREAM_BYTES, STREAM_BYTES + 999);
    expect(memory.isFull).to.equal(false);
    memory.change(STREAM_BYTES, STREAM_BYTES + 1);
    expect(memory.isFull).to.equal(true);
    memory.change(STREAM_BYTES + 999, 0);
    expect([memory.bytes, memory.isFull]).to.deep.equal([2 * STREAM_BYTES + 1, false]);
  });

  it('tells those that wait once when there is room again', () => {
    const memory = new KeptMemory(1_000);
    let told = 0;
    const [one, other] = [{ onRoom: () => told++ }, { onRoom: () => (told += 100) }];
    memory.change(0, STREAM_BYTES + 2_000);
    memory.wait(one);
    memory.wait(one);
    memory.wait(other);
    memory.leave(other);
    memory.change(STREAM_BYTES + 2_000, STREAM_BYTES + 1_000);
    expect(told).to.equal(0);
    memory.change(STREAM_BYTES + 1_000, STREAM_BYTES + 900);
    memory.change(STREAM_BYTES + 900, STREAM_BYTES + 1_000);
    memory.change(STREAM_BYTES + 1_000, STREAM_BYTES);
    expect(told).to.equal(1);
  });

  it('tells of all growth', () => {
    const memory = new KeptMemory();
    let grown = 0;
    memory.onGrown = () => grown++;
    memory.change(0, STREAM_BYTES);
    memory.change(STREAM_BYTES, 2 * STREAM_BYTES);
    memory.change(2 * STREAM_BYTES, 0);
    expect([grown, memory.isFull]).to.deep.equal([2, false]);
  });
});
