import { expect } from 'chai';

import { MainOutbox } from '../../../lib/call/common/main-outbox.ts';
import { RefusedError } from '../../../lib/errors/errors.ts';
import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import type { MainMessage } from '../../../lib/wire/main-message.ts';
import { turns } from '../../support/turns.ts';

const LONG = Buffer.alloc(65);

/** An outbox on a link that the test fills. */
class Bench {
  readonly writer = { isInFrame: false, isFull: false };
  readonly sent: MainMessage[] = [];
  readonly outbox: MainOutbox;
  cause: unknown;

  constructor() {
    const link = { writer: this.writer, abort: (cause: unknown) => void (this.cause = cause) };
    // Of the writer nothing else is used.
    const typed = link as unknown as ConstructorParameters<typeof MainOutbox>[0];
    this.outbox = new MainOutbox(typed, new ManualClock(), (message) => this.sent.push(message));
  }

  tell(...messages: MainMessage[]): void {
    for (const message of messages) this.outbox.tell(message);
  }
}

const renewal: MainMessage = { kind: 'streams-renew', numbers: [2] };
const cancel = (number: number, reason: Buffer = LONG): MainMessage => ({
  kind: 'stream-cancel',
  number,
  reason,
});

describe('MainOutbox', () => {
  it('sends everything as it is while there is room', () => {
    const bench = new Bench();
    bench.tell(renewal, cancel(4));
    expect(bench.sent).to.deep.equal([renewal, cancel(4)]);
  });

  it('waits for the end of a frame that is being written', async () => {
    const bench = new Bench();
    bench.writer.isInFrame = true;
    bench.tell(renewal);
    expect(bench.sent).to.deep.equal([]);
    bench.writer.isInFrame = false;
    await turns(1);
    expect(bench.sent).to.deep.equal([renewal]);
  });

  it('hands on what was told within a frame, where its connection is gone by its end', async () => {
    const bench = new Bench();
    const next: MainMessage[] = [];
    bench.writer.isInFrame = true;
    bench.tell(cancel(2));
    bench.outbox.close((message) => void next.push(message));
    await turns(1);
    expect([bench.sent, next]).to.deep.equal([[], [cancel(2)]]);
  });

  it('E1-floods skips renewals and signs of life while the peer does not read', () => {
    const bench = new Bench();
    bench.writer.isFull = true;
    bench.tell(renewal, { kind: 'pong', number: 0 }, { kind: 'stream-taken', number: 2 });
    expect(bench.sent.map(({ kind }) => kind)).to.deep.equal(['stream-taken']);
  });

  it('F4 sends the answer to a ping also behind a full writer', () => {
    const bench = new Bench();
    bench.writer.isFull = true;
    bench.tell({ kind: 'pong', number: 1 });
    expect(bench.sent).to.deep.equal([{ kind: 'pong', number: 1 }]);
  });

  it('E1-floods skips questions about the progress of streams, and answers, while the peer does not read', () => {
    const bench = new Bench();
    bench.writer.isFull = true;
    for (const kind of ['streams-progress', 'streams-sent'] as const) {
      bench.tell({ kind, numbers: [2, 1] });
    }
    for (const kind of ['children-progress', 'children-sent'] as const) {
      bench.tell({ kind, words: [2n, 1n] });
    }
    expect(bench.sent).to.deep.equal([]);
  });

  it('E1-floods leaves long reasons out while the peer does not read, and no short ones', () => {
    const bench = new Bench();
    bench.writer.isFull = true;
    const short = Buffer.alloc(64);
    const call: MainMessage = { kind: 'call-cancel', messageId: 1, reason: LONG };
    const refusal: MainMessage = { kind: 'stream-refused', number: 2, reason: LONG };
    bench.tell(cancel(2), cancel(4, short), call, refusal);
    const reasons = bench.sent.map((message) => 'reason' in message && message.reason.length);
    expect(reasons).to.deep.equal([0, 64, 0, 65]);
  });

  it('E1-floods closes the connection when too much waits for a peer that does not read', () => {
    const bench = new Bench();
    bench.writer.isFull = true;
    let count = 0;
    while (bench.cause === undefined && count < 200_000) bench.tell(cancel(count++));
    expect(count, 'one cancel for each stream that may be promised').to.be.above(65_536);
    expect(bench.cause).to.be.instanceOf(RefusedError);
    expect(bench.sent).to.have.length(count - 1);
    bench.writer.isFull = false;
    bench.tell(cancel(1));
    expect(bench.sent, 'nothing more').to.have.length(count - 1);
  });

  it('counts anew when the peer has read', () => {
    const bench = new Bench();
    for (let round = 0; round < 4; round++) {
      bench.writer.isFull = true;
      for (let count = 0; count < 65_536; count++) bench.tell(cancel(count));
      bench.writer.isFull = false;
      bench.tell(cancel(0));
    }
    expect(bench.cause).to.equal(undefined);
  });

  it('sends nothing any more once it is closed', () => {
    const bench = new Bench();
    bench.outbox.close();
    bench.tell(renewal);
    expect(bench.sent).to.deep.equal([]);
  });
});
