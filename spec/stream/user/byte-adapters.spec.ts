import { expect } from 'chai';

import { MisuseError } from '../../../lib/errors/errors.ts';
import { packed, raw, string } from '../../../lib/layout.ts';
import type { Serializer } from '../../../lib/serializer/serializer.ts';
import { rejectionOf } from '../../support/rejection.ts';
import { type Direction, sendAll, Streams } from '../../support/streams.ts';
import { turns } from '../../support/turns.ts';
import { memoryPair, withServer } from '../../support/with-server.ts';

const TEXTS = ['one', '', 'twenty-two', 'x'.repeat(70_000), 'end'];

async function withBytes(run: (stream: Direction<[Uint8Array]>) => Promise<void>): Promise<void> {
  await withStream(raw, run);
}

async function withStream<T extends unknown[]>(
  serializer: Serializer<T>,
  run: (stream: Direction<T>) => Promise<void>,
): Promise<void> {
  const { both } = memoryPair();
  await withServer({ both: { ...both, poisonBorrowed: true } }, async ({ server, client }) => {
    await run(await new Streams(server, client, { serializer }).oneWay<T>());
  });
}

function messages(): [Uint8Array][] {
  return TEXTS.map((text) => [Buffer.from(text)]);
}

describe('a stream of bytes', () => {
  it('B1-byte-streams fills the memory that a BYOB reader brings, across messages', async () => {
    await withBytes(async ({ sink, source }) => {
      const sent = sendAll(sink, messages());
      const reader = source.toReadableStream({ type: 'bytes' }).getReader({ mode: 'byob' });
      let text = '';
      let memory = new ArrayBuffer(4_096);
      for (;;) {
        const { done, value } = await reader.read(new Uint8Array(memory));
        expect(value!.buffer.byteLength).to.equal(4_096);
        if (done) break;
        text += Buffer.from(value).toString();
        memory = value.buffer;
      }
      await sent;
      expect(text).to.equal(TEXTS.join(''));
    });
  });

  it('B1-byte-streams gives other readers chunks that stay as they are', async () => {
    await withBytes(async ({ sink, source }) => {
      const sent = sendAll(sink, messages());
      const chunks: Uint8Array[] = [];
      for await (const chunk of source.toReadableStream({ type: 'bytes' })) chunks.push(chunk);
      await sent;
      const texts = chunks.map((chunk) => Buffer.from(chunk).toString());
      expect(texts).to.deep.equal(TEXTS.filter((text) => text !== ''));
    });
  });

  it('B1-byte-streams cancels the source with its reader', async () => {
    await withBytes(async ({ sink, source }) => {
      const reader = source.toReadableStream({ type: 'bytes' }).getReader({ mode: 'byob' });
      await sink.send(Buffer.from('ab'));
      const { value } = await reader.read(new Uint8Array(1));
      expect(Buffer.from(value!).toString()).to.equal('a');
      await reader.cancel('enough');
      await rejectionOf(source.ended, Error);
      await rejectionOf(sink.ended, Error);
    });
  });

  it('B1-byte-streams gives a Readable of bytes, which reads nothing before it is asked to', async () => {
    await withBytes(async ({ sink, source }) => {
      const readable = source.toReadable({ bytes: true });
      expect(readable.readableObjectMode).to.equal(false);
      const sent = sendAll(sink, messages());
      await turns(20);
      expect(source.receivedMessages).to.equal(0);
      readable.setEncoding('utf8');
      let text = '';
      for await (const chunk of readable) text += String(chunk);
      await sent;
      expect(text).to.equal(TEXTS.join(''));
    });
  });

  it('B1-byte-streams fails at a message that is no bytes, and cancels the source', async () => {
    for (const form of ['toReadable', 'toReadableStream'] as const) {
      await withStream(packed(string), async ({ sink, source }) => {
        await sink.send('text');
        const read =
          form === 'toReadable'
            ? source.toReadable({ bytes: true }).toArray()
            : source.toReadableStream({ type: 'bytes' }).getReader().read();
        await rejectionOf(read, MisuseError);
        await rejectionOf(sink.ended, Error);
      });
    }
  });

  it('B1-byte-streams are streams in values too', async () => {
    await withServer(memoryPair(), async ({ server, client }) => {
      const files = {
        async *parts(): AsyncGenerator<Uint8Array> {
          for (const [part] of messages()) yield part;
        },
      };
      server.expose('files', files);
      const api = client.api<typeof files>('files');
      const whole = TEXTS.join('');
      const web = (await api.parts()).toReadableStream({ type: 'bytes' });
      expect(await new Response(web).text()).to.equal(whole);
      const chunks = await (await api.parts()).toReadable({ bytes: true }).toArray();
      expect(Buffer.concat(chunks as Buffer[]).toString()).to.equal(whole);
    });
  });
});
