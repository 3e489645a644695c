import { expect } from 'chai';

import { takeViews } from '../../../lib/base/take-whole.ts';
import type { FrameInput } from '../../../lib/connection/link/frame-input.ts';
import type { Limits } from '../../../lib/settings/limits.ts';
import { LaneFrameDecoder } from '../../../lib/wire/lane-frame.ts';
import {
  EOS,
  MAX_STREAM_PAYLOAD_BYTES,
  StreamFrameDecoder,
} from '../../../lib/wire/stream-frame.ts';
import { MessageTooLargeError } from '../../../lib/errors/errors.ts';
import { hex } from '../../support/chunks.ts';
import { byteHeadedDecoder, openInput, type OpenInput } from '../../support/open-input.ts';
import { EOS_FRAME, streamFrame } from '../../support/wire-bytes.ts';

function makeInput(limits: Partial<Limits>): OpenInput<typeof EOS> {
  return openInput(new StreamFrameDecoder(1_000), undefined, limits);
}

function push(input: FrameInput<unknown>, ...frames: Buffer[]): void {
  for (const frame of frames) input.push(frame);
  input.regulate();
}

const MESSAGE = streamFrame(Buffer.alloc(6, 1));

describe('FrameInput', () => {
  it('S-S5 leaves the socket alone above the budget and reads on at half of it', () => {
    const { input, calls } = makeInput({ sourceBudgetBytes: 40 });
    push(input, MESSAGE, MESSAGE, MESSAGE, MESSAGE);
    expect(calls, 'at the budget').to.deep.equal([]);
    push(input, MESSAGE);
    expect(calls, 'above it').to.deep.equal(['pause']);
    input.next();
    input.next();
    expect(input.heldBytes).to.equal(30);
    expect(calls, 'below it').to.deep.equal(['pause']);
    input.next();
    expect(input.heldBytes).to.equal(20);
    expect(calls, 'at half of it').to.deep.equal(['pause', 'resume']);
  });

  it('S-S5 counts messages where it is asked to', () => {
    const { input, calls } = makeInput({ sourceBudgetMessages: 4 });
    push(input, MESSAGE, MESSAGE, MESSAGE);
    expect(calls).to.deep.equal([]);
    push(input, MESSAGE);
    expect(calls).to.deep.equal(['pause']);
    input.next();
    input.next();
    expect(calls, 'at half of the budget').to.deep.equal(['pause']);
    input.next();
    expect(calls, 'below it').to.deep.equal(['pause', 'resume']);
  });

  it('reads a message above the budget while a reader waits for it', () => {
    const { input, calls } = makeInput({ sourceBudgetBytes: 40 });
    const large = streamFrame(Buffer.alloc(200));
    input.setWaiting(true);
    push(input, large.subarray(0, 150));
    expect(calls).to.deep.equal([]);
    input.setWaiting(false);
    expect(calls).to.deep.equal(['pause']);
    input.setWaiting(true);
    expect(calls).to.deep.equal(['pause', 'resume']);
    push(input, large.subarray(150));
    expect(input.next()).to.have.length(200);
  });

  it('is paused by its user whatever it holds', () => {
    const { input, calls } = makeInput({});
    input.setPaused(true);
    input.setWaiting(true);
    expect(calls).to.deep.equal(['pause']);
    push(input, MESSAGE);
    expect(input.next(), 'what has come can be read').to.have.length(6);
    expect(calls).to.deep.equal(['pause']);
    input.setPaused(false);
    expect(calls).to.deep.equal(['pause', 'resume']);
  });

  for (const limits of [{ sourceBudgetBytes: 25 }, { sourceBudgetMessages: 3 }]) {
    it(`drops what it holds and what comes, and lets it come: ${Object.keys(limits)[0]}`, () => {
      const { input, calls } = makeInput(limits);
      push(input, MESSAGE, MESSAGE, MESSAGE);
      expect(calls).to.deep.equal(['pause']);
      input.release();
      expect(calls).to.deep.equal(['pause', 'resume']);
      push(input, MESSAGE, MESSAGE, MESSAGE, MESSAGE);
      input.setPaused(true);
      expect(calls, 'nothing is worth a pause any more').to.deep.equal(['pause', 'resume']);
      expect(input.heldBytes).to.equal(0);
      expect(input.next()).to.equal(undefined);
    });
  }

  it('gives messages, then end of stream, and knows where a frame was cut', () => {
    const { input } = makeInput({});
    push(input, Buffer.concat([MESSAGE, EOS_FRAME.subarray(0, 3)]));
    expect(input.next()).to.have.length(6);
    expect(input.next()).to.equal(undefined);
    expect(input.cutFrame).to.be.a('string');
    push(input, EOS_FRAME.subarray(3));
    expect(input.next()).to.equal(EOS);
    expect(input.cutFrame).to.equal(undefined);
  });

  it('S-S9 ends once; the first cause stays, and what was received can be read', () => {
    const { input } = makeInput({});
    push(input, MESSAGE);
    expect(input.close('first')).to.equal(true);
    expect(input.close('second')).to.equal(false);
    expect(input.end).to.equal('first');
    expect(input.isEnded).to.equal(true);
    expect(input.next()).to.have.length(6);
  });

  it('leaves a link that is closed alone', () => {
    const { input, calls, link } = makeInput({ sourceBudgetBytes: 1 });
    push(input, MESSAGE);
    link.onClose(undefined);
    input.next();
    expect(calls).to.deep.equal(['pause']);
  });

  it('keeps a frame that was looked at, and counts it, until it is taken', () => {
    const { input, calls } = makeInput({ sourceBudgetBytes: 11 });
    push(input, MESSAGE, MESSAGE.subarray(0, 6));
    expect(calls).to.deep.equal(['pause']);
    expect(input.peek()).to.have.length(6);
    expect(input.peek()).to.have.length(6);
    expect(input.heldBytes).to.equal(12);
    expect(input.takenFrames).to.equal(0);
    const whole: Buffer[] = [];
    input.takeWhole(whole, takeViews);
    expect(whole, 'not past it').to.deep.equal([]);
    expect(input.next()).to.have.length(6);
    expect(input.takenFrames).to.equal(1);
    expect(input.heldBytes).to.equal(6);
    expect(input.peek()).to.equal(undefined);
  });

  it('gives many messages at once, up to the end of stream', () => {
    const { input, calls } = makeInput({ sourceBudgetMessages: 3 });
    push(input, Buffer.concat([MESSAGE, MESSAGE, EOS_FRAME]));
    expect(calls).to.deep.equal(['pause']);
    const whole: Buffer[] = [];
    input.takeWhole(whole, takeViews);
    expect(whole.map(({ length }) => length)).to.deep.equal([6, 6]);
    expect(input.takenFrames).to.equal(2);
    expect(calls).to.deep.equal(['pause', 'resume']);
    expect(input.next()).to.equal(EOS);
  });

  it('takes none for a message where there are none', () => {
    const COUNT = hex('feffffff 09000000 06 0300000000000000');
    const { input } = openInput(new StreamFrameDecoder(MAX_STREAM_PAYLOAD_BYTES));
    input.push(COUNT);
    const whole: Buffer[] = [];
    input.takeWhole(whole, takeViews);
    expect(whole).to.deep.equal([]);
    expect(() => input.next()).to.throw(MessageTooLargeError);
  });

  it('passes over lane frames of later versions, and counts no lane frames', () => {
    const { input, calls } = openInput(new LaneFrameDecoder(100), undefined, {
      sourceBudgetMessages: 2,
    });
    const later = hex('feffffff 03000000 63 0102');
    const headers = hex('feffffff 03000000 03 cafe');
    push(input, Buffer.concat([later, headers, headers, later]), MESSAGE);
    expect(calls).to.deep.equal([]);
    expect(input.next()).to.deep.equal({ type: 'headers', document: hex('cafe') });
    expect(input.next()).to.deep.equal({ type: 'headers', document: hex('cafe') });
    push(input, MESSAGE);
    expect(calls).to.deep.equal(['pause']);
    expect(input.next()).to.have.length(6);
    expect(input.next()).to.have.length(6);
    expect(input.next()).to.equal(undefined);
  });

  it('can end while it drops what comes', () => {
    const { input } = makeInput({});
    input.release();
    expect(input.isEnded).to.equal(false);
    expect(input.close('first')).to.equal(true);
    input.release();
    expect(input.close('second')).to.equal(false);
    expect(input.isEnded).to.equal(true);
    expect(input.end).to.equal('first');
    push(input, MESSAGE);
    expect(input.next()).to.equal(undefined);
  });

  describe('of frames with headers of their own', () => {
    it('hands on plain bytes as they come', () => {
      const { input } = openInput(byteHeadedDecoder());
      expect(input.next()).to.equal(undefined);
      expect(input.cutFrame).to.equal(undefined);
      input.push(hex('02 01'));
      expect(input.next()).to.deep.equal({ payloadBytes: 2 });
      expect(input.next()).to.equal(undefined);
      input.push(hex('02 03'));
      expect(input.next()).to.deep.equal(hex('0102'));
      expect(input.next()).to.deep.equal({ payloadBytes: 3 });
    });

    it('F2 says what an end would cut, and how much was missing', () => {
      const { input } = openInput(byteHeadedDecoder());
      input.push(hex('09 010203'));
      expect(input.cutFrame).to.equal('while reading header: expected 1 got 4');
      input.next();
      expect(input.cutFrame).to.equal('while reading data: expected 9 got 3');
    });

    it('drops a payload that is not wanted as it comes, and goes on behind it', () => {
      const decoder = byteHeadedDecoder();
      const { input } = openInput(decoder);
      input.push(hex('05 0102'));
      input.next();
      decoder.skipPayload();
      expect(input.next()).to.equal(undefined);
      input.push(hex('0304'));
      expect(input.next()).to.equal(undefined);
      expect(input.heldBytes).to.equal(0);
      input.push(hex('05 01 aa'));
      expect(input.next()).to.deep.equal({ payloadBytes: 1 });
      expect(input.next()).to.deep.equal(hex('aa'));
    });
  });
});
