import { expect } from 'chai';

import { MisuseError, StreamNotFoundError } from '../../../lib/errors/errors.ts';
import { i64 } from '../../../lib/serializer/types/int64.ts';
import { i32 } from '../../../lib/serializer/types/integers.ts';
import { packed } from '../../../lib/serializer/packed/packed.ts';
import { sinkOf, sourceOf } from '../../../lib/serializer/types/stream-member.ts';
import { string } from '../../../lib/serializer/types/string.ts';
import { raw } from '../../../lib/serializer/raw.ts';
import type { Sink, Source } from '../../../lib/types/sink-source.ts';
import { decode, encode, expectRefusal, hex, prefixesOf } from '../support/codec.ts';
import { FakeHandles, fakeSink, fakeSource } from '../support/fake-handles.ts';

const pair = packed(i32, sourceOf(i32, i64));

describe('serializer/packed/stream-member', () => {
  it('S-W15 is the bare id of the child connection', () => {
    const message = hex('fbffffff 0000020000000000');
    const source = fakeSource<[number, bigint]>(0x20000n, 'packed(i32,i64)');
    expect(encode(pair, [-5, source])).to.deep.equal(message);

    const handles = new FakeHandles();
    const [aux, stream] = decode(pair, message, handles);
    expect(aux).to.equal(-5);
    expect(stream).to.include({ id: 0x20000n, serializer: 'packed(i32,i64)' });
    expect(handles.resolved.map(({ id }) => id)).to.deep.equal([0x20000n]);
  });

  it('gives the stream a serializer that reads its messages', () => {
    const handles = new FakeHandles();
    decode(pair, hex('00000000 0000020000000000'), handles);
    const message = hex('01000000 0200000000000000');
    const serializer = handles.resolved[0]?.serializer;
    expect(serializer?.decode(message, handles)).to.deep.equal([1, 2n]);
  });

  it('is the same for its reader and its writer', () => {
    expect(sinkOf(i32, i64).name).to.equal(sourceOf(i32, i64).name);
    expect(sourceOf(i32, i64).name).to.equal('stream(packed(i32,i64))');
    const reply = packed(sinkOf(string));
    expect(encode(reply, [fakeSink<[string]>(7n, 'packed(string)')])).to.have.length(8);
  });

  it('takes a whole serializer in place of members', () => {
    const blobs = packed(sourceOf(raw));
    expect(blobs.name).to.equal('packed(stream(raw))');
    expect(packed(sinkOf(raw)).name).to.equal(blobs.name);
    expect(sourceOf(packed(i32)).name).to.equal(sourceOf(i32).name);
    expect(encode(blobs, [fakeSource<[Uint8Array]>(1n, 'raw')])).to.deep.equal(
      hex('0100000000000000'),
    );
    const handles = new FakeHandles();
    decode(blobs, hex('0100000000000000'), handles);
    expect(handles.resolved[0]?.serializer).to.equal(raw);
  });

  it('refuses a stream of another serializer, naming both', () => {
    expectRefusal(() => encode(pair, [0, fakeSource(1n, 'bson')]), {
      path: '[1]',
      message: 'takes a stream of packed(i32,i64), got one of bson',
      initiator: 'local',
    });
  });

  it('refuses what is no stream', () => {
    for (const value of [5n, null, undefined, {}, 'x']) {
      expectRefusal(() => encode(pair, [0, value as Source<[number, bigint]>]), {
        path: '[1]',
        message: 'takes a sink',
        initiator: 'local',
      });
    }
  });

  it('passes on what the connection says of a stream', () => {
    const handles = new FakeHandles();
    handles.resolve = () => {
      throw new StreamNotFoundError('no such stream', 'remote');
    };
    handles.describe = () => {
      throw new MisuseError('passed before');
    };
    expect(() => decode(pair, Buffer.alloc(12), handles)).to.throw(StreamNotFoundError);
    const sink = fakeSink<[string]>(1n, 'packed(string)');
    expect(() => encode(packed(sinkOf(string)), [sink], handles)).to.throw(MisuseError, 'before');
  });

  it('is refused when cut, and then no stream is taken', () => {
    const handles = new FakeHandles();
    for (const prefix of prefixesOf(hex('fbffffff 0000020000000000'))) {
      expectRefusal(() => decode(pair, prefix, handles), {
        path: prefix.length < 4 ? '[0]' : '[1]',
        message: 'runs past the end of the message',
        initiator: 'remote',
      });
    }
    expect(handles.resolved).to.have.length(0);
  });

  it('may stand in a stream of streams', () => {
    const streams = packed(sourceOf(sinkOf(string)));
    expect(streams.name).to.equal('packed(stream(packed(stream(packed(string)))))');
    const inner = fakeSource<[Sink<[string]>]>(3n, 'packed(stream(packed(string)))');
    expect(encode(streams, [inner])).to.deep.equal(hex('0300000000000000'));
  });
});
