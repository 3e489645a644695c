import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

import { type BlobContent, bytesContent, piecesContent } from '../../lib/blob/blob-content.ts';
import { BlobMessages } from '../../lib/blob/blob-messages.ts';
import { resolveSending } from '../../lib/blob/blob-options.ts';
import { fileContent } from '../../lib/blob/file-content.ts';
import { gather, openFilesBelow, withFolder } from '../support/blobs.ts';
import { rejectionOf } from '../support/rejection.ts';

function messagesOf(content: BlobContent): BlobMessages {
  return new BlobMessages(content, resolveSending({ checksum: 'crc32', appendDigest: true }));
}

describe('service/blob/blob-messages', () => {
  it('N4 begins anew with each iteration, its digest too', async () => {
    const messages = messagesOf(bytesContent(Buffer.from('123456789')));
    const first = await gather(messages);
    expect(first.map(String)).to.have.length(3);
    expect(await gather(messages)).to.deep.equal(first);
  });

  it('N4 ends at once when it is left while its content has nothing', async () => {
    const idle = new PassThrough();
    const messages = messagesOf(piecesContent(idle))[Symbol.asyncIterator]();
    const next = rejectionOf(messages.next());
    expect(await messages.return?.()).to.deep.equal({ done: true, value: undefined });
    expect(await next).to.include({ code: 'ERR_CANCELED' });
    expect(idle.destroyed).to.equal(true);
  });

  it('N4 ends at once when it is left while a web stream has nothing', async () => {
    let reason: unknown = 'none';
    const idle = new ReadableStream<Uint8Array>({ cancel: (given) => void (reason = given) });
    const messages = messagesOf(piecesContent(idle))[Symbol.asyncIterator]();
    const next = rejectionOf(messages.next());
    await messages.return?.();
    await next;
    expect(reason).to.not.equal('none');
  });

  it('N4 has closed its file when it is left between two messages', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'file');
      await writeFile(path, Buffer.alloc(1_000_000));
      const messages = messagesOf(fileContent(path, {}))[Symbol.asyncIterator]();
      await messages.next();
      await messages.return?.();
      expect(openFilesBelow(folder)).to.deep.equal([]);
    });
  });

  it('N4 lets go of a content that nobody has wanted', () => {
    const unwanted = new PassThrough();
    messagesOf(piecesContent(unwanted)).cancel();
    expect(unwanted.destroyed).to.equal(true);
  });
});
