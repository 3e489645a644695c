import { expect } from 'chai';

import { MessageTooLargeError, seastar, type Source, StreamClosedError } from '../../lib/index.ts';
import { ProtocolError } from '../../lib/errors/errors.ts';
import { BY_ID, expectAlive, MESSAGE, withRawStream } from '../support/raw-stream.ts';
import { rejectionOf } from '../support/rejection.ts';
import { withPeers } from '../support/scripted-peer.ts';
import { turns, until } from '../support/turns.ts';
import { drain, drainToError } from '../support/streams.ts';
import { withServer } from '../support/with-server.ts';
import { EOS_FRAME, requestBytes, streamFrame, u64le } from '../support/wire-bytes.ts';

type Bytes = [Uint8Array];

describe('a peer that goes on after its end of stream', () => {
  for (const [what, bytes] of Object.entries({
    'a message': MESSAGE,
    'a second end': EOS_FRAME,
    'half a header': MESSAGE.subarray(0, 2),
  })) {
    it(`F30 by ${what} in the same packet fails that stream only, behind what it sent`, async () => {
      await withRawStream({}, async ({ main, child, source, sink, log }) => {
        child.write(MESSAGE, EOS_FRAME, bytes);
        expect(await drain(source), 'the end was in order').to.have.length(1);
        const { cause } = await rejectionOf(sink.ended, StreamClosedError);
        expect(cause).to.be.instanceOf(ProtocolError).with.property('scope', 'stream');
        expect(() => sink.send(Buffer.of(1))).to.throw(StreamClosedError);
        expect(await child.takeAll(), 'no end of stream').to.have.length(0);
        expect(log.lines.join()).to.contain('after end of stream');
        await expectAlive(main);
      });
    });

    it(`F30 by ${what} later fails that stream only`, async () => {
      await withRawStream({}, async ({ main, child, source, sink }) => {
        child.write(MESSAGE, EOS_FRAME);
        expect(await drain(source)).to.have.length(1);
        child.write(bytes);
        const { cause } = await rejectionOf(sink.ended, StreamClosedError);
        expect(cause).to.be.instanceOf(ProtocolError);
        await child.takeAll();
        await expectAlive(main);
      });
    });

    it(`F30 by ${what} is ignored where Seastar ignores it`, async () => {
      await withRawStream(seastar.server, async ({ main, child, source, sink }) => {
        child.write(MESSAGE, EOS_FRAME, bytes);
        expect(await drain(source)).to.have.length(1);
        child.write(bytes);
        await sink.send(Buffer.from('on and on'));
        await sink.close();
        expect(await child.takeAll()).to.have.length(4 + 9 + 4);
        await expectAlive(main);
      });
    });
  }

  it('F30 by messages behind the end that nobody has read yet', async () => {
    await withRawStream({}, async ({ main, child, source, sink }) => {
      child.write(MESSAGE, EOS_FRAME, MESSAGE);
      await until(() => source.bufferedBytes > MESSAGE.length);
      await sink.send(Buffer.from('x'));
      expect(await source.readBatch()).to.have.length(1);
      expect(await source.read()).to.equal(undefined);
      await rejectionOf(sink.ended, StreamClosedError);
      await child.takeAll();
      await expectAlive(main);
    });
  });

  it('F30 by messages behind our own end are read as any other', async () => {
    await withRawStream({}, async ({ child, source, sink }) => {
      await sink.close();
      expect(await child.take(4)).to.deep.equal(EOS_FRAME);
      child.write(MESSAGE, MESSAGE, EOS_FRAME);
      expect(await drain(source)).to.have.length(2);
    });
  });

  it('F9 an announced message above the limit fails that stream only, before its bytes come', async () => {
    const limits = { maxStreamMessageBytes: 1_000 };
    await withRawStream({ limits }, async ({ main, child, source, sink }) => {
      const frame = streamFrame(Buffer.alloc(1_001));
      child.write(streamFrame(Buffer.alloc(1_000)), frame.subarray(0, 4));
      const { messages, error } = await drainToError(source);
      expect(messages).to.have.length(1);
      expect((error as Error).cause).to.be.instanceOf(MessageTooLargeError);
      await rejectionOf(sink.ended, StreamClosedError);
      await child.takeAll();
      await expectAlive(main);
    });
  });
});

describe('a peer that ends a stream while it is unread', () => {
  it('A8 seastar#2612 by its end and FIN at once: the reader gets everything and the end, however late', async () => {
    await withRawStream({}, async ({ child, source, sink }) => {
      child.write(MESSAGE, MESSAGE, EOS_FRAME);
      child.end();
      await rejectionOf(sink.ended, StreamClosedError);
      await turns(50);
      expect(await drain(source)).to.have.length(2);
    });
  });

  it('A8 seastar#2612 so it does when everything comes before the call', async () => {
    await withServer(async ({ server }) => {
      const arrived: Source<Bytes>[] = [];
      server.handle(BY_ID, (_context, source) => void arrived.push(source));
      await withPeers(server.address.port, async (join) => {
        const main = await join();
        const child = await join({ streamParent: main.id });
        child.peer.write(MESSAGE, EOS_FRAME);
        child.peer.end();
        await turns(50);
        main.peer.write(requestBytes(1, 1n, u64le(child.id)));
        await main.peer.takeReply();
        expect(await drain(arrived[0]!)).to.have.length(1);
        await child.peer.takeAll();
      });
    });
  });

  it('F1, A8 seastar#2612 by its end and a reset: what was received counts', async () => {
    await withRawStream({}, async ({ child, source, sink }) => {
      child.write(MESSAGE, EOS_FRAME);
      await until(() => source.bufferedBytes > 7);
      child.reset();
      await rejectionOf(sink.ended, StreamClosedError);
      expect(await drain(source)).to.have.length(1);
    });
  });

  it('S-S7, A8 seastar#3664 nothing follows an end that we have sent', async () => {
    await withRawStream({}, async ({ child, sink, source }) => {
      void sink.send(Buffer.from('a'));
      const closing = sink.close();
      expect(() => sink.send(Buffer.from('b'))).to.throw(StreamClosedError);
      await Promise.all([closing, sink.close(), sink.flush()]);
      child.write(EOS_FRAME);
      expect(await drain(source)).to.deep.equal([]);
      child.end();
      const bytes = await child.takeAll();
      expect(bytes.toString('hex')).to.equal('0100000061ffffffff');
    });
  });
});
