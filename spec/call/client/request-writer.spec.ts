import { expect } from 'chai';

import { UnderWay } from '../../../lib/base/under-way.ts';
import { zeroStats } from '../../../lib/diagnostics/stats.ts';
import { SessionFrames } from '../../../lib/call/client/session-frames.ts';
import { RequestWriter } from '../../../lib/call/client/request-writer.ts';
import { Link } from '../../../lib/connection/link/link.ts';
import { MessageTooLargeError, SerializationError } from '../../../lib/errors/errors.ts';
import { bson } from '../../../lib/serializer/bson/bson.ts';
import type { Limits } from '../../../lib/settings/limits.ts';
import { Children } from '../../../lib/stream/handles/children.ts';
import { verb } from '../../../lib/verb/verb.ts';
import { encodeMainMessage } from '../../../lib/wire/main-message.ts';
import { MAIN_MESSAGE_VERB } from '../../../lib/call/common/main-messages.ts';
import { BYTES, makeCall } from '../../support/attachment-bench.ts';
import { testAgreed } from '../../support/agreed.ts';
import { ScriptedSocket } from '../../support/scripted-socket.ts';
import { testEnvironment } from '../../support/test-environment.ts';
import { turns } from '../../support/turns.ts';
import { requestBytes, u64le } from '../../support/wire-bytes.ts';

const PING = { kind: 'ping', number: 1 } as const;

function makeWriter(
  hasTimeout: boolean,
  limits: Partial<Limits> = {},
): { requests: RequestWriter; written: () => Buffer; link: Link } {
  const environment = testEnvironment(limits);
  const socket = new ScriptedSocket();
  const link = new Link(socket, environment, 1_000);
  const requests = new RequestWriter({
    environment,
    link,
    agreed: testAgreed({ hasTimeout }),
    children: new Children(bson, undefined),
    stats: zeroStats(),
    underWay: new UnderWay(),
    frames: new SessionFrames(false, 16),
  });
  const written = (): Buffer => {
    link.writer.flush();
    return socket.written;
  };
  return { requests, written, link };
}

describe('RequestWriter', () => {
  it('writes requests with ids that rise by one', () => {
    const { requests, written } = makeWriter(false);
    const calls = ['a', 'bc'].map((text) => makeCall(BYTES, [Buffer.from(text)]).pending);
    for (const call of calls) requests.write(call, 0);
    expect(calls.map(({ messageId }) => messageId)).to.deep.equal([1, 2]);
    expect(written()).to.deep.equal(
      Buffer.concat([
        requestBytes(7, 1n, Buffer.from('a')),
        requestBytes(7, 2n, Buffer.from('bc')),
      ]),
    );
    expect([0, 1, 2, 3].map((id) => requests.wasSent(id))).to.deep.equal([
      false,
      true,
      true,
      false,
    ]);
  });

  it('tells how much time a call has left, where that was agreed', () => {
    const cases: [number | undefined, bigint][] = [
      [undefined, 0n],
      [1_000.5, 501n],
      [500.2, 1n],
      [1e300, 9_000_000_000_000n],
    ];
    for (const [deadline, told] of cases) {
      const { requests, written } = makeWriter(true);
      requests.write(makeCall(BYTES, [Buffer.from('a')], { deadline }).pending, 500);
      expect(written()).to.deep.equal(
        Buffer.concat([u64le(told), requestBytes(7, 1n, Buffer.from('a'))]),
      );
    }
  });

  it('writes nothing of a request that is too large or can’t be encoded', () => {
    const { requests, written } = makeWriter(false, { maxRequestBytes: 3 });
    requests.write(makeCall(BYTES, [Buffer.from('abc')]).pending, 0);
    const large = makeCall(BYTES, [Buffer.from('abcd')]).pending;
    expect(() => requests.write(large, 0)).to.throw(MessageTooLargeError, 'maxRequestBytes');
    const odd = makeCall(verb<(value: unknown) => void>(8), [() => {}]).pending;
    expect(() => requests.write(odd, 0)).to.throw(SerializationError);
    expect([large.messageId, odd.messageId]).to.deep.equal([0, 0]);
    expect(written()).to.deep.equal(requestBytes(7, 1n, Buffer.from('abc')));
  });

  it('takes back a request whose header can’t be written, and uses its id for the next', () => {
    const { requests, written } = makeWriter(false);
    const unnumbered = { ...BYTES, number: undefined as unknown as number };
    const bad = makeCall(unnumbered, [Buffer.from('bad')]).pending;
    expect(() => requests.write(bad, 0)).to.throw(TypeError);
    expect([requests.isInFrame, bad.messageId]).to.deep.equal([false, 0]);
    requests.write(makeCall(BYTES, [Buffer.from('a')]).pending, 0);
    expect(written()).to.deep.equal(requestBytes(7, 1n, Buffer.from('a')));
  });

  it('gives main messages ids among those of requests', () => {
    const { requests, written } = makeWriter(false);
    requests.sendMainMessage(PING);
    const call = makeCall(BYTES, [Buffer.from('a')]).pending;
    requests.write(call, 0);
    expect(call.messageId).to.equal(2);
    expect(written()).to.deep.equal(
      Buffer.concat([
        requestBytes(MAIN_MESSAGE_VERB, 1n, encodeMainMessage(PING)),
        requestBytes(7, 2n, Buffer.from('a')),
      ]),
    );
  });

  it('writes a message behind the request whose arguments send it', async () => {
    const { requests, written } = makeWriter(false);
    let isTold = false;
    const value = {
      get field() {
        expect(requests.isInFrame).to.equal(true);
        if (!isTold) requests.sendMainMessage(PING);
        isTold = true;
        return 1;
      },
    };
    const call = makeCall(verb<(value: object) => void>(8), [value]).pending;
    requests.write(call, 0);
    expect(call.messageId).to.equal(1);
    const before = written();
    expect(before.readBigUInt64LE(8)).to.equal(1n);
    await turns(1);
    expect(written().subarray(before.length)).to.deep.equal(
      requestBytes(MAIN_MESSAGE_VERB, 2n, encodeMainMessage(PING)),
    );
  });

  it('says when a request must wait for room, and until when', async () => {
    const { requests, link } = makeWriter(false);
    expect([requests.isFull, requests.room()]).to.deep.equal([false, undefined]);
    requests.write(makeCall(BYTES, [Buffer.alloc(2_000)]).pending, 0);
    expect(requests.isFull).to.equal(true);
    const room = requests.room();
    expect(room).to.be.a('promise');
    link.writer.flush();
    await room;
    expect(requests.isFull).to.equal(false);
    await requests.drained();
  });

  it('sends no message any more once it is closed', () => {
    const { requests, written } = makeWriter(false);
    requests.close();
    requests.sendMainMessage(PING);
    expect(written()).to.have.length(0);
  });
});
