import { expect } from 'chai';

import { KeptMessages, MAX_REASONS_BYTES } from '../../../lib/call/common/kept-messages.ts';
import type { MainMessage } from '../../../lib/wire/main-message.ts';

const LONG = Buffer.alloc(65_536);

function cancelOf(number: number, reason: Buffer): MainMessage {
  return { kind: 'stream-cancel', number, reason };
}

describe('KeptMessages', () => {
  it('E1-floods counts what it keeps, and nothing once all of it is received', () => {
    const messages = new KeptMessages(10);
    const kept = [LONG, Buffer.alloc(0)].map((reason) => messages.add(cancelOf(2, reason)));
    expect(messages.bytes).to.equal(65_536 + 2 * 128);
    for (const message of kept) messages.remove(message);
    expect(messages.bytes).to.equal(0);
  });

  it('E1-floods leaves long reasons out beyond 1 MiB, and no short ones', () => {
    const messages = new KeptMessages(10);
    const kept: MainMessage[] = [];
    while (messages.bytes < MAX_REASONS_BYTES) kept.push(messages.add(cancelOf(2, LONG)));
    expect(kept.every((message) => 'reason' in message && message.reason === LONG)).to.equal(true);
    const before = messages.bytes;
    const brief = messages.add(cancelOf(4, LONG));
    const short = messages.add(cancelOf(6, Buffer.alloc(64)));
    expect([brief, short].map((message) => 'reason' in message && message.reason.length)).to.eql([
      0, 64,
    ]);
    expect(messages.bytes).to.equal(before + 2 * 128 + 64);
    for (const message of [...kept, brief, short]) messages.remove(message);
    expect(messages.bytes).to.equal(0);
  });
});
