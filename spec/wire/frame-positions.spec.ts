import { expect } from 'chai';

import { ProtocolError } from '../../lib/errors/errors.ts';
import {
  type Numbering,
  RECEIVED_BYTES,
  RECEIVED_FRAMES,
  ReceivedFrames,
  SentFrames,
} from '../../lib/wire/frame-positions.ts';
import { seededNumbers } from '../support/chunks.ts';

/** A frame on its way: an item that is kept, or nothing. */
interface Frame {
  readonly position: number;
  readonly item: number | undefined;
}

/** Two ends over connections that are cut at any time; returns what the receiver has got of what was kept. */
function play(numbering: Numbering, seed: number): { got: number[]; kept: number } {
  const random = seededNumbers(seed);
  const sender = new SentFrames<number>(numbering);
  const receiver = new ReceivedFrames();
  const got: number[] = [];
  let wire: Frame[] = [];
  let told: number[] = [];
  let items = 0;

  const keep = (item: number): void => void wire.push({ position: sender.keep(item), item });
  const deliver = (): void => {
    const frame = wire.shift();
    if (frame === undefined) return;
    if (numbering === 'ids') receiver.receive(100, frame.position);
    else receiver.receive(100);
    expect(receiver.position).to.equal(frame.position);
    if (frame.item !== undefined) got.push(frame.item);
  };
  const cut = (): void => {
    wire = [];
    told = [];
    expect(sender.canResumeAt(receiver.position)).to.equal(true);
    for (const item of sender.resumeAt(receiver.position)) keep(item);
  };

  for (let step = 0; step < 300; step++) {
    const dice = random();
    if (dice < 0.25) keep(++items);
    else if (dice < 0.45) wire.push({ position: sender.send(), item: undefined });
    else if (dice < 0.8) deliver();
    else if (dice < 0.87) told.push(receiver.tell());
    else if (dice < 0.95) sender.recvReceived(told.shift() ?? 0);
    else cut();
  }
  cut();
  while (wire.length > 0) deliver();
  sender.recvReceived(receiver.tell());
  expect(got).to.deep.equal(Array.from({ length: items }, (_, at) => at + 1));
  return { got, kept: sender.kept };
}

describe('wire/frame-positions', () => {
  for (const numbering of ['counted', 'ids'] as const) {
    it(`what is kept comes once and in order over any cuts, ${numbering}`, () => {
      for (let seed = 1; seed <= 100; seed++) {
        expect(play(numbering, seed).kept, `seed ${seed}`).to.equal(0);
      }
    });
  }

  it('counts from 1, and goes on behind what the peer has received', () => {
    const frames = new SentFrames<string>('counted');
    expect([
      frames.last,
      frames.send(),
      frames.keep('a'),
      frames.send(),
      frames.keep('b'),
    ]).to.deep.equal([0, 1, 2, 3, 4]);
    frames.recvReceived(1);
    expect(frames.resumeAt(2)).to.deep.equal(['b']);
    expect([frames.last, frames.received, frames.kept]).to.deep.equal([2, 2, 0]);
    expect(frames.keep('b')).to.equal(3);
  });

  it('never uses an id twice, also if the peer has not received it', () => {
    const frames = new SentFrames<string>('ids');
    frames.send();
    frames.keep('a');
    frames.send();
    expect(frames.resumeAt(1)).to.deep.equal(['a']);
    expect(frames.keep('a')).to.equal(4);
    expect(frames.resumeAt(4)).to.deep.equal([]);
  });

  it('resumes with a peer that has received nothing, twice in a row', () => {
    const frames = new SentFrames<string>('counted');
    expect(frames.resumeAt(0)).to.deep.equal([]);
    frames.keep('a');
    for (const _ of [1, 2]) {
      expect(frames.resumeAt(0)).to.deep.equal(['a']);
      frames.keep('a');
    }
  });

  it('a peer can’t have received more than was sent', () => {
    const frames = new SentFrames<string>('counted');
    frames.send();
    expect(() => frames.recvReceived(2))
      .to.throw(ProtocolError, 'more than was sent')
      .and.include({ scope: 'connection' });
    expect(frames.received).to.equal(0);
    expect(frames.canResumeAt(2)).to.equal(false);
    expect(() => frames.resumeAt(2)).to.throw(ProtocolError);
    frames.recvReceived(1);
    expect(frames.received).to.equal(1);
  });

  it('a peer can’t go back behind what it has received, and a lower position says nothing', () => {
    const frames = new SentFrames<string>('counted');
    for (let count = 0; count < 3; count++) frames.send();
    frames.recvReceived(2);
    frames.recvReceived(1);
    expect(frames.received).to.equal(2);
    expect([1, 2, 3, 4].map((at) => frames.canResumeAt(at))).to.deep.equal([
      false,
      true,
      true,
      false,
    ]);
    expect(() => frames.resumeAt(1)).to.throw(ProtocolError, 'go on there');
  });

  it('holds no frame that the peer has received', () => {
    const frames = new SentFrames<number>('counted');
    for (let item = 1; item <= 10; item++) frames.keep(item);
    frames.recvReceived(4);
    expect(frames.kept).to.equal(6);
    frames.recvReceived(9);
    expect(frames.kept).to.equal(1);
    expect(frames.resumeAt(9)).to.deep.equal([10]);
  });

  it('tells of each kept frame that the peer has received, once', () => {
    const told: string[] = [];
    const frames = new SentFrames<string>('counted', (frame) => void told.push(frame));
    for (const frame of ['a', 'b', 'c']) frames.keep(frame);
    frames.recvReceived(1);
    expect(frames.resumeAt(2)).to.deep.equal(['c']);
    expect(told).to.deep.equal(['a', 'b']);
  });

  it('the peer is told after so many frames, or bytes, and then counts anew', () => {
    expect([RECEIVED_FRAMES, RECEIVED_BYTES]).to.deep.equal([1_024, 262_144]);
    const byFrames = new ReceivedFrames();
    expect(byFrames.hasUntold).to.equal(false);
    for (let count = 1; count < RECEIVED_FRAMES; count++) byFrames.receive(1);
    expect([byFrames.isDue, byFrames.hasUntold]).to.deep.equal([false, true]);
    byFrames.receive(1);
    expect(byFrames.isDue).to.equal(true);
    expect(byFrames.tell()).to.equal(RECEIVED_FRAMES);
    expect([byFrames.isDue, byFrames.hasUntold]).to.deep.equal([false, false]);

    const byBytes = new ReceivedFrames();
    byBytes.receive(RECEIVED_BYTES - 1, 7);
    expect(byBytes.isDue).to.equal(false);
    byBytes.receive(1, 9);
    expect([byBytes.isDue, byBytes.tell(), byBytes.position]).to.deep.equal([true, 9, 9]);
    byBytes.receive(RECEIVED_BYTES - 1, 10);
    expect(byBytes.isDue).to.equal(false);
  });
});
