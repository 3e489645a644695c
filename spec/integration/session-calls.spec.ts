import { expect } from 'chai';

import { LOST_TEXT } from '../../lib/call/server/resumed-calls.ts';
import { MAIN_MESSAGE_VERB } from '../../lib/call/common/main-messages.ts';
import { CanceledError } from '../../lib/index.ts';
import { encodeCancel } from '../../lib/document/cancel-document.ts';
import { RECEIVED_BYTES, RECEIVED_FRAMES } from '../../lib/wire/frame-positions.ts';
import { MAX_PENDING_CALLS } from '../../lib/wire/session-message.ts';
import type { RawMain } from '../support/raw-session.ts';
import { DONE, ECHO, NOTE, SessionCallBench, WAIT } from '../support/session-call-bench.ts';
import { CLIENT_MESSAGES } from '../support/main-messages-of-sides.ts';
import { turns, until } from '../support/turns.ts';
import { requestBytes } from '../support/wire-bytes.ts';

/** No handler has this verb. */
const NOBODYS_VERB = 99;

const LOST = { kind: 'lost', text: LOST_TEXT };

/** The client has lost its connection and comes back, with this list of its calls. */
async function comeBack(
  bench: SessionCallBench,
  main: RawMain,
  ...pending: number[]
): Promise<RawMain> {
  await bench.net.cut(main);
  return listing(bench, main, ...pending);
}

async function listing(
  bench: SessionCallBench,
  main: RawMain,
  ...pending: number[]
): Promise<RawMain> {
  const resumed = await bench.net.resume(main);
  expect(resumed.isResumed).to.equal(true);
  resumed.listCalls(...pending);
  return resumed;
}

describe('the calls of a client that comes back, at its server', () => {
  it('run on while it is away, and answer it when they are done later', async () => {
    await using bench = await SessionCallBench.start();
    const back = await comeBack(bench, await bench.busy(), 1);
    await back.settle();
    expect(bench.signals[0]?.aborted).to.equal(false);
    bench.answer();
    expect(await back.takeReply()).to.deep.include({ call: 1, payload: DONE });
  });

  it('settle when they were done while it was away: the reply was kept', async () => {
    await using bench = await SessionCallBench.start();
    const main = await bench.busy();
    main.call(WAIT);
    await main.settle();
    await bench.net.cut(main);
    bench.answer(Buffer.from('first'));
    bench.answer(Buffer.from('second'));
    await turns(3);
    const back = await listing(bench, main, 1, 3);
    expect(await back.takeReply()).to.deep.include({ call: 1, payload: Buffer.from('first') });
    expect(await back.takeReply()).to.deep.include({ call: 3, payload: Buffer.from('second') });
    await back.settle();
    expect(bench.signals.map(({ aborted }) => aborted)).to.deep.equal([false, false]);
  });

  it('have their kept replies repeated until the client has received them', async () => {
    await using bench = await SessionCallBench.start();
    const main = await bench.busy();
    await bench.net.cut(main);
    bench.answer();
    await turns(3);
    const { received } = main.session;
    const second = await listing(bench, main, 1);
    expect(await second.takeReply()).to.deep.include({ call: 1, payload: DONE });
    second.session.received = received;
    const third = await comeBack(bench, second, 1);
    expect(await third.takeReply()).to.deep.include({ call: 1, payload: DONE });
    third.tell({ kind: 'received', position: third.session.received });
    await third.settle();
    await bench.net.cut(third);
    bench.net.clock.advance(1_000);
    expect(bench.net.sessions.away()[0]?.hasWork).to.equal(false);
  });

  it('Done, lost: settles, as lost, and what it has left ends', async () => {
    await using bench = await SessionCallBench.start();
    const main = await bench.busy();
    const { received } = main.session;
    bench.answer();
    await main.takeReply();
    main.session.received = received;
    const back = await comeBack(bench, main, 1);
    expect(await back.takeReply()).to.deep.include({ call: 1, exception: LOST });
  });

  it('are lost where the reply found no room', async () => {
    await using bench = await SessionCallBench.start({ sessionReplyBytes: 1_000 });
    const main = await bench.busy();
    main.call(WAIT);
    await main.settle();
    await bench.net.cut(main);
    bench.answer(Buffer.alloc(1_000));
    bench.answer();
    await turns(3);
    const back = await listing(bench, main, 1, 3);
    expect(await back.takeReply()).to.deep.include({ call: 1, exception: LOST });
    expect(await back.takeReply()).to.deep.include({ call: 3, payload: DONE });
  });

  it('Not received: runs once, when it is sent again', async () => {
    await using bench = await SessionCallBench.start();
    const main = await bench.net.connect();
    await bench.net.cut(main);
    // The client has sent call 1, and it has not come.
    main.session.lastId = 1;
    const back = await listing(bench, main);
    expect(back.answer.resumed?.received).to.equal(0);
    const again = back.call(ECHO, DONE);
    expect(again).to.be.greaterThan(1);
    expect(await back.takeReply()).to.deep.include({ call: again, payload: DONE });
  });

  it('stop where the client waits for them no more', async () => {
    await using bench = await SessionCallBench.start();
    const main = await bench.busy();
    main.call(WAIT);
    await main.settle();
    const back = await comeBack(bench, main, 3);
    await back.settle();
    expect(bench.signals.map(({ aborted }) => aborted)).to.deep.equal([true, false]);
    expect(bench.signals[0]?.reason).to.be.instanceOf(CanceledError);
  });

  it('run on where nobody waits for a reply of them anyway', async () => {
    await using bench = await SessionCallBench.start();
    const main = await bench.net.connect();
    main.call(NOTE);
    await main.settle();
    const back = await comeBack(bench, main);
    await back.settle();
    expect(bench.signals.map(({ aborted }) => aborted)).to.deep.equal([false]);
  });

  it('Canceled away: handler stops on resume, by the cancel that comes then', async () => {
    await using bench = await SessionCallBench.start();
    const back = await comeBack(bench, await bench.busy(), 1);
    back.tell({
      kind: 'call-cancel',
      messageId: 1,
      reason: encodeCancel({ reason: new Error('enough'), path: [] }),
    });
    await back.settle();
    expect(bench.signals[0]?.aborted).to.equal(true);
  });

  it('Replies: never another call’s: ids go on to rise', async () => {
    await using bench = await SessionCallBench.start();
    const main = await bench.busy();
    main.session.lastId = 0;
    await bench.net.cut(main);
    const back = await bench.net.resume(main);
    back.listCalls(1);
    await back.peer.takeAll();
    expect(await bench.net.log.line(/ids must rise/)).to.contain('message id 1 after 2');
  });

  it('Every kind counted: messages, also unknown ones, calls, and what is refused', async () => {
    await using bench = await SessionCallBench.start({ limits: { maxRequestBytes: 1_000 } });
    let main = await bench.busy();
    const frames: ((main: RawMain) => unknown)[] = CLIENT_MESSAGES.map(
      (message) => (to: RawMain) => to.tell(message),
    );
    frames.push((to) =>
      to.peer.write(requestBytes(MAIN_MESSAGE_VERB, BigInt(++to.session.lastId), Buffer.of(250))),
    );
    frames.push(
      (to) => to.call(ECHO),
      (to) => to.call(NOBODYS_VERB),
      (to) => to.call(NOTE),
    );
    frames.push((to) => to.call(ECHO, Buffer.alloc(1_001)));
    for (const [at, send] of frames.entries()) {
      send(main);
      const last = main.session.lastId;
      // Its end comes behind the frame.
      main.peer.end();
      await until(() => bench.net.server.snapshot().connections.length === 0);
      await main.peer.destroy();
      main = await bench.net.resume(main);
      expect(main.answer.resumed?.received, `frame ${at}`).to.equal(last);
      main.listCalls(1);
    }
  });

  it('come behind the list of those that are pending, which may have several parts', async () => {
    await using bench = await SessionCallBench.start();
    const main = await bench.busy();
    main.session.lastId = MAX_PENDING_CALLS + 10;
    main.call(ECHO, DONE);
    await main.takeReply();
    await bench.net.cut(main);
    bench.answer();
    await turns(3);
    const back = await bench.net.resume(main);
    const many = Array.from({ length: MAX_PENDING_CALLS }, (_, index) => index + 3);
    back.listCalls(...many);
    for (const call of many) {
      expect(await back.takeReply()).to.deep.include({ call, exception: LOST });
    }
    back.listCalls(1);
    expect(await back.takeReply()).to.deep.include({ call: 1, payload: DONE });
    const next = back.call(ECHO, DONE);
    expect(await back.takeReply()).to.deep.include({ call: next });
  });

  for (const [what, act] of [
    ['a call before the list', (back) => void back.call(ECHO)],
    ['a list of a call that was not received', (back) => back.listCalls(back.session.lastId + 5)],
    [
      'a second list',
      (back) => {
        back.listCalls(1);
        back.listCalls(1);
      },
    ],
  ] as const satisfies readonly (readonly [string, (back: RawMain) => void])[]) {
    it(`end with the connection by ${what}`, async () => {
      await using bench = await SessionCallBench.start();
      const main = await bench.busy();
      await bench.net.cut(main);
      const back = await bench.net.resume(main);
      act(back);
      await back.peer.takeAll();
      expect(await bench.net.log.line(/connection dropped/)).to.match(/pending calls|is not$/);
      expect([bench.net.away, bench.signals[0]?.aborted]).to.deep.equal([0, true]);
    });
  }

  it('no list is taken on a connection that did not resume', async () => {
    await using bench = await SessionCallBench.start();
    const main = await bench.net.connect();
    main.listCalls();
    await main.peer.takeAll();
    expect(await bench.net.log.line(/connection dropped/)).to.contain('no resume has asked for');
  });

  it('have their own reply sent at once when they are done before the list has come', async () => {
    await using bench = await SessionCallBench.start();
    const main = await bench.busy();
    await bench.net.cut(main);
    const back = await bench.net.resume(main);
    bench.answer();
    expect(await back.takeReply()).to.deep.include({ call: 1, payload: DONE });
    back.listCalls(1);
    await back.settle();
  });

  it('are told of as received after so many frames, or bytes', async () => {
    await using bench = await SessionCallBench.start();
    const main = await bench.net.connect();
    for (let count = 0; count < RECEIVED_FRAMES; count++) main.call(ECHO);
    let message;
    while ((message = (await main.take()).message) === undefined);
    expect(message).to.deep.equal({ kind: 'received', position: RECEIVED_FRAMES });
    const large = main.call(ECHO, Buffer.alloc(RECEIVED_BYTES));
    while ((message = (await main.take()).message) === undefined);
    expect(message).to.deep.equal({ kind: 'received', position: large });
  });

  it('count as received when all of them has come, also those that are passed over', async () => {
    await using bench = await SessionCallBench.start({ limits: { maxRequestBytes: 100 } });
    const main = await bench.busy();
    const refused = main.call(ECHO, Buffer.alloc(80_000));
    expect(await main.takeReply()).to.include({ call: refused });
    await main.settle();
    const whole = main.session.lastId;
    main.call(ECHO, Buffer.alloc(90_000));
    expect(await main.takeReply()).to.include({ call: whole + 1 });
    await bench.net.cut(main);
    const back = await bench.net.resume(main);
    expect(back.answer.resumed?.received).to.be.within(whole, whole + 1);
  });

  it('have their data on the session: what a handler has attached is there for the next', async () => {
    await using bench = await SessionCallBench.start();
    const main = await bench.busy();
    const [session] = [...bench.net.acceptor.connections.values()].map((each) => each.session);
    session?.auxiliary.set('key', 'value');
    const back = await comeBack(bench, main, 1);
    await back.settle();
    const [again] = [...bench.net.acceptor.connections.values()].map((each) => each.session);
    expect(again?.auxiliary.get('key')).to.equal('value');
  });
});
