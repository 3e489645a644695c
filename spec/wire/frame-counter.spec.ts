import { expect } from 'chai';

import { LANE_FRAME_MARK, encodeLaneFrame } from '../../lib/wire/lane-frame.ts';
import { FrameCounter } from '../../lib/wire/frame-counter.ts';
import { everySplit } from '../support/chunks.ts';
import { EOS_FRAME, streamFrame, u32le } from '../support/wire-bytes.ts';

function framesIn(slices: Iterable<Buffer>): number {
  const counter = new FrameCounter();
  for (const slice of slices) counter.push(slice);
  return counter.frames;
}

describe('FrameCounter', () => {
  const frames = [
    streamFrame(Buffer.from('one')),
    streamFrame(Buffer.alloc(0)),
    streamFrame(Buffer.alloc(300, 7)),
    EOS_FRAME,
  ];
  const bytes = Buffer.concat(frames);

  it('F10 counts the same however the bytes are cut', () => {
    for (const slices of everySplit(bytes)) expect(framesIn(slices)).to.equal(frames.length);
  });

  it('counts a frame with its last byte and not before', () => {
    const ends = frames.map((_, index) => Buffer.concat(frames.slice(0, index + 1)).length);
    for (let length = 0; length <= bytes.length; length++) {
      const whole = ends.filter((end) => end <= length).length;
      expect(framesIn([bytes.subarray(0, length)])).to.equal(whole);
    }
  });

  it('does not count lane frames, however they are cut', () => {
    const lane = encodeLaneFrame({ type: 'count', number: 3 });
    const empty = Buffer.concat([u32le(LANE_FRAME_MARK), u32le(0)]);
    const mixed = Buffer.concat([lane, ...frames.slice(0, 3), empty, lane, EOS_FRAME]);
    for (const slices of everySplit(mixed)) expect(framesIn(slices)).to.equal(frames.length);
  });

  it('takes a length just below that of lane frames for a length', () => {
    expect(framesIn([u32le(LANE_FRAME_MARK - 1), Buffer.alloc(1_000)])).to.equal(0);
  });

  it('holds no byte: an announced length costs nothing', () => {
    const counter = new FrameCounter();
    counter.push(u32le(0x7fff_ffff));
    counter.push(Buffer.alloc(65_536));
    expect(counter.frames).to.equal(0);
  });

  it('holds what was not taken; a lane frame was never counted', () => {
    const counter = new FrameCounter();
    counter.push(bytes);
    expect(counter.held).to.equal(4);
    counter.take(Buffer.from('one'));
    expect(counter.held).to.equal(3);
    counter.take({ type: 'count', number: 3 });
    expect(counter.held).to.equal(3);
    counter.takeAny();
    expect(counter.held).to.equal(2);
    counter.takeAny(2);
    expect(counter.held).to.equal(0);
    expect(counter.frames).to.equal(4);
  });
});
