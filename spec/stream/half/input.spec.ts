import { expect } from 'chai';

import { Link } from '../../../lib/connection/link/link.ts';
import type { Limits } from '../../../lib/settings/limits.ts';
import { resolveCommon } from '../../../lib/api/options.ts';
import { ChildInput } from '../../../lib/stream/half/input.ts';
import { EOS } from '../../../lib/wire/stream-frame.ts';
import { ScriptedSocket } from '../../support/scripted-socket.ts';
import { EOS_FRAME, streamFrame } from '../../support/wire-bytes.ts';

function makeInput(limits: Partial<Limits>): { input: ChildInput; calls: string[]; link: Link } {
  const { environment } = resolveCommon({ limits });
  const socket = new ScriptedSocket();
  const link = new Link(socket, environment, 1_000);
  return {
    input: new ChildInput(link, environment.limits, undefined),
    calls: socket.calls,
    link,
  };
}

function push(input: ChildInput, ...frames: Buffer[]): void {
  for (const frame of frames) input.push(frame);
  input.regulate();
}

const MESSAGE = streamFrame(Buffer.alloc(6, 1));

describe('ChildInput', () => {
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
      input.drop();
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
});
