import { expect } from 'chai';

import type { ByteWriter } from '../../../lib/base/byte-writer.ts';
import { ReplyWriter } from '../../../lib/call/server/reply-writer.ts';
import { UnderWay } from '../../../lib/base/under-way.ts';
import {
  MessageTooLargeError,
  RefusedError,
  SerializationError,
} from '../../../lib/errors/errors.ts';
import { bson } from '../../../lib/serializer/bson/bson.ts';
import { raw } from '../../../lib/serializer/raw.ts';
import type { Serializer } from '../../../lib/serializer/serializer.ts';
import { Children } from '../../../lib/stream/handles/children.ts';
import { SessionStreams } from '../../../lib/stream/handles/session-streams.ts';
import { AcceptedLanes } from '../../../lib/stream/lane/accepted-lanes.ts';
import { decodeException } from '../../../lib/wire/exception-body.ts';
import { decodeMainMessage, encodeMainMessage } from '../../../lib/wire/main-message.ts';
import { UNMEASURED_DURATION } from '../../../lib/wire/response-frame.ts';
import { TestParent } from '../../support/lane-bench.ts';
import { linkInMemory, type MemoryPeer } from '../../support/memory-peer.ts';
import { testCore, type TestCore, type TestCoreOptions } from '../../support/server-bench.ts';
import { replyBytes } from '../../support/wire-bytes.ts';

interface Bench {
  readonly core: TestCore;
  readonly peer: MemoryPeer;
  readonly replies: ReplyWriter;
}

async function bench(options: TestCoreOptions = {}, hasDuration = false): Promise<Bench> {
  const core = testCore(options);
  const { link, peer } = await linkInMemory(core.environment);
  const replies = new ReplyWriter(core, link, new Children(raw), hasDuration);
  return { core, peer, replies };
}

/** Writes as raw does, and does something in the middle of it. */
function interrupted(act: () => void): Serializer {
  return {
    ...raw,
    encode: (tuple, out: ByteWriter, handles) => {
      raw.encode(tuple as [Uint8Array], out, handles);
      act();
    },
  };
}

async function* numbers(): AsyncGenerator<number> {
  yield 1;
}

describe('ReplyWriter', () => {
  it('answers with a result under the id of the call', async () => {
    const { core, peer, replies } = await bench();
    replies.sendResult(7, raw, Buffer.from('done'), 123);
    expect(await peer.take()).to.deep.equal(replyBytes(7n, Buffer.from('done')));
    expect(core.stats.sentMessages).to.equal(1);
  });

  it('says how long the handler took where that was agreed', async () => {
    const { peer, replies } = await bench({}, true);
    replies.sendResult(7, raw, Buffer.from('done'), 123);
    replies.sendUnknownVerb(8, 9);
    const [result, exception] = await peer.takeReplies(true);
    expect(result).to.deep.equal({ messageId: 7, payload: Buffer.from('done'), durationUs: 123 });
    expect(exception?.durationUs, 'nothing was measured').to.equal(UNMEASURED_DURATION);
  });

  it('E1-memory refuses a result with more streams than there is room for, before it is encoded', async () => {
    const core = testCore({ limits: { maxPromised: 16 } });
    const { link, peer } = await linkInMemory(core.environment);
    const { environment } = core;
    const session = new SessionStreams(environment, new TestParent(environment).leaks);
    const { valueStreams: streams } = session;
    const replies = new ReplyWriter(core, link, new Children(bson, session), false);
    streams.attach({
      peer: new TestParent(environment),
      lanes: new AcceptedLanes(
        new TestParent(environment),
        { take: () => undefined, find: () => undefined },
        new UnderWay(),
      ),
    });
    for (let count = 0; count < 10; count++) streams.offer([1]);
    let encoded = 0;
    const serializer: Serializer = {
      ...bson,
      streamsIn: (tuple) => bson.streamsIn?.(tuple) ?? [],
      encode: (tuple, out, handles) => {
        encoded++;
        bson.encode(tuple, out, handles);
      },
    };
    const refused: unknown[] = [];
    for (let count = 0; count < 3; count++) {
      try {
        replies.sendResult(1, serializer, Array.from({ length: 7 }, numbers), undefined);
      } catch (error) {
        refused.push(error);
      }
    }
    expect(refused).to.have.length(3);
    expect(new Set(refused).size, 'one error for all').to.equal(1);
    expect(refused[0]).to.be.instanceOf(RefusedError).and.include({ retryable: true });
    expect([encoded, streams.producedCount]).to.deep.equal([0, 10]);
    replies.sendResult(1, serializer, Array.from({ length: 6 }, numbers), undefined);
    expect([encoded, streams.producedCount]).to.deep.equal([1, 16]);
    expect((await peer.takeReplies()).map(({ messageId }) => messageId)).to.deep.equal([1]);
    streams.end(new Error('the test is over'));
  });

  it('sends a result of exactly the limit, and nothing of a longer one', async () => {
    const { core, peer, replies } = await bench({ limits: { maxReplyBytes: 1_024 } });
    replies.sendResult(1, raw, Buffer.alloc(1_024), undefined);
    expect(() => replies.sendResult(2, raw, Buffer.alloc(1_025), undefined)).to.throw(
      MessageTooLargeError,
      'maxReplyBytes',
    );
    replies.sendResult(3, raw, Buffer.alloc(1), undefined);
    const sent = await peer.takeReplies();
    expect(sent.map(({ messageId }) => messageId)).to.deep.equal([1, 3]);
    expect(core.stats.sentMessages).to.equal(2);
  });

  it('sends nothing of a result that can not be written', async () => {
    const { peer, replies } = await bench();
    expect(() => replies.sendResult(1, raw, 'text', undefined)).to.throw(SerializationError);
    replies.sendResult(2, raw, Buffer.from('bytes'), undefined);
    expect(await peer.take()).to.deep.equal(replyBytes(2n, Buffer.from('bytes')));
  });

  it('takes back an answer that can not be written, and goes on', async () => {
    const { core, peer, replies } = await bench();
    const document = undefined as unknown as Buffer;
    expect(() => replies.sendFailure(1, document, undefined)).to.throw(TypeError);
    expect(() => replies.sendUnknownVerb(2, undefined as unknown as number)).to.throw(TypeError);
    replies.sendResult(3, raw, Buffer.from('bytes'), undefined);
    expect(await peer.take()).to.deep.equal(replyBytes(3n, Buffer.from('bytes')));
    expect(core.stats.sentMessages).to.equal(1);
  });

  it('answers with exceptions under the negative id', async () => {
    const { core, peer, replies } = await bench();
    replies.sendError(1, 'out of ink', undefined);
    replies.sendRefused(2, 'come back later');
    replies.sendFailure(3, Buffer.from('a document'), undefined);
    replies.sendUnknownVerb(4, 99);
    const sent = await peer.takeReplies();
    expect(sent.map(({ messageId }) => messageId)).to.deep.equal([-1, -2, -3, -4]);
    expect(sent.map(({ payload }) => decodeException(payload))).to.deep.equal([
      { kind: 'user', text: 'out of ink' },
      { kind: 'refused', text: 'come back later' },
      { kind: 'structured', document: Buffer.from('a document') },
      { kind: 'unknown-verb', verb: 99 },
    ]);
    expect(core.stats.sentMessages).to.equal(4);
  });

  it('cuts the text of an error that would be longer than errors may be', async () => {
    const { peer, replies } = await bench();
    replies.sendError(1, 'x'.repeat(1_000_000), undefined);
    const [reply] = await peer.takeReplies();
    expect(reply?.payload.length).to.be.below(100_000);
  });

  it('sends main messages under id 0', async () => {
    const { peer, replies } = await bench();
    replies.tellPeer({ kind: 'ping', number: 3 });
    const [told] = await peer.takeReplies();
    expect(told?.messageId).to.equal(0);
    expect(decodeMainMessage(told!.payload)).to.deep.equal({ kind: 'ping', number: 3 });
  });

  it('sends a main message that comes up within a reply behind that reply', async () => {
    const { peer, replies } = await bench();
    const ping = { kind: 'ping', number: 3 } as const;
    const serializer = interrupted(() => replies.tellPeer(ping));
    replies.sendResult(7, serializer, Buffer.from('done'), undefined);
    const expected = [replyBytes(7n, Buffer.from('done')), replyBytes(0n, encodeMainMessage(ping))];
    expect(await peer.take()).to.deep.equal(Buffer.concat(expected));
  });
});
