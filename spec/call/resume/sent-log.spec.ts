import { expect } from 'chai';

import type { KeptReply } from '../../../lib/call/resume/kept-reply.ts';
import { SentLog } from '../../../lib/call/resume/sent-log.ts';
import { ProtocolError } from '../../../lib/errors/errors.ts';
import type { MainMessage } from '../../../lib/wire/main-message.ts';

const ROOM = 10_000;
const MAX_PROMISED = 10;

function replyOf(messageId: number, bytes = 10): KeptReply {
  return { kind: 'reply', messageId, durationUs: undefined, payload: Buffer.alloc(bytes) };
}

function cancelOf(number: number, reason = 0): MainMessage {
  return { kind: 'stream-cancel', number, reason: Buffer.alloc(reason) };
}

describe('SentLog', () => {
  it('takes back a client that has received all, and repeats nothing', () => {
    const log = new SentLog(ROOM, MAX_PROMISED);
    log.count();
    log.send({ kind: 'ping', number: 1 });
    log.resumeAt(2);
    expect([log.takeMessages(), log.waitingCalls(), log.bytes]).to.deep.equal([[], [], 0]);
  });

  it('knows what a client can have received: no more than was sent, no less than it has said', () => {
    const log = new SentLog(ROOM, MAX_PROMISED);
    for (let count = 0; count < 3; count++) log.count();
    log.recvReceived(1);
    expect([0, 1, 3, 4].map((position) => log.canResumeAt(position))).to.deep.equal([
      false,
      true,
      true,
      false,
    ]);
    expect(() => log.recvReceived(4)).to.throw(ProtocolError);
  });

  it('repeats messages of the kinds that are kept, behind what the client has received', () => {
    const log = new SentLog(ROOM, MAX_PROMISED);
    log.send(cancelOf(2));
    log.send({ kind: 'pong', number: 0 });
    log.send(cancelOf(4));
    log.resumeAt(1);
    expect(log.takeMessages()).to.deep.equal([cancelOf(4)]);
    expect([log.takeMessages(), log.bytes]).to.deep.equal([[], 0]);
  });

  it('repeats again what was lost with the next connection as well', () => {
    const log = new SentLog(ROOM, MAX_PROMISED);
    log.send(cancelOf(2));
    log.resumeAt(0);
    for (const message of log.takeMessages()) log.send(message);
    log.resumeAt(0);
    expect(log.takeMessages()).to.deep.equal([cancelOf(2)]);
  });

  it('keeps the order of what was lost and what was told while the client was away', () => {
    const log = new SentLog(ROOM, MAX_PROMISED);
    log.send(cancelOf(2));
    log.putMessage(cancelOf(4));
    log.putMessage({ kind: 'ping', number: 1 });
    log.resumeAt(0);
    expect(log.takeMessages()).to.deep.equal([cancelOf(2), cancelOf(4)]);
  });

  it('goes on to count behind the position of a client that has come back', () => {
    const log = new SentLog(ROOM, MAX_PROMISED);
    for (let count = 0; count < 5; count++) log.count();
    log.resumeAt(2);
    log.count();
    expect([log.canResumeAt(3), log.canResumeAt(4)]).to.deep.equal([true, false]);
  });

  it('keeps the replies that were done while the client was away until it has received them', () => {
    const log = new SentLog(ROOM, MAX_PROMISED);
    expect(log.putReply(replyOf(7))).to.equal(true);
    expect(log.putReply(replyOf(-8))).to.equal(true);
    log.resumeAt(0);
    expect(log.waitingCalls()).to.deep.equal([7, 8]);
    for (const call of log.waitingCalls()) log.sendReply(log.takeReply(call)!);
    log.resumeAt(1);
    expect([log.waitingCalls(), log.hasReplies]).to.deep.equal([[8], true]);
    log.sendReply(log.takeReply(8)!);
    log.recvReceived(2);
    expect([log.hasReplies, log.bytes]).to.deep.equal([false, 0]);
  });

  it('has a reply for each call once', () => {
    const log = new SentLog(ROOM, MAX_PROMISED);
    log.putReply(replyOf(7));
    expect(log.takeReply(7)?.messageId).to.equal(7);
    expect([log.takeReply(7), log.takeReply(8)]).to.deep.equal([undefined, undefined]);
  });

  it('keeps no reply beyond its room, and has room again once one was received', () => {
    const log = new SentLog(500, MAX_PROMISED);
    expect(log.putReply(replyOf(1, 150))).to.equal(true);
    expect(log.putReply(replyOf(2, 250))).to.equal(false);
    expect(log.isFull).to.equal(false);
    expect(log.putReply(replyOf(3, 90))).to.equal(true);
    expect(log.isFull).to.equal(true);
    log.resumeAt(0);
    for (const call of [1, 3]) log.sendReply(log.takeReply(call)!);
    log.recvReceived(1);
    expect(log.putReply(replyOf(4, 100))).to.equal(true);
  });

  it('holds nothing when the session is over', () => {
    const log = new SentLog(ROOM, MAX_PROMISED);
    log.send(cancelOf(2));
    log.putMessage(cancelOf(4));
    log.putReply(replyOf(7));
    log.release();
    expect([log.bytes, log.hasReplies, log.waitingCalls(), log.takeMessages()]).to.deep.equal([
      0,
      false,
      [],
      [],
    ]);
    expect(log.canResumeAt(1)).to.equal(false);
  });

  it('is overfull with more messages than the streams of both ends can have, and room for others', () => {
    const log = new SentLog(ROOM, MAX_PROMISED);
    const most = 2 * MAX_PROMISED + 4_096;
    for (let count = 0; count < most; count++) {
      if (count % 2 === 0) log.putMessage(cancelOf(2));
      else log.send(cancelOf(2));
    }
    expect(log.isOverfull).to.equal(false);
    log.send(cancelOf(2));
    expect(log.isOverfull).to.equal(true);
    log.recvReceived(1);
    expect(log.isOverfull).to.equal(false);
  });
});
