import { createWriteStream } from 'node:fs';

import { fileBlob, receiveFile, receiveInto } from '../../lib/blob.ts';
import { connect } from '../../lib/index.ts';
import { driveFiles, SourceFiles, type Syncing } from '../support/file-driving.ts';
import type { Subject } from '../support/workload.ts';
import { HOST, servingService } from './serving.ts';

const SERVICE = 'files';

class Files {
  readonly #sources = new SourceFiles();

  async make(blocks: number): Promise<void> {
    await this.#sources.get(blocks);
  }

  async read(blocks: number): Promise<ReturnType<typeof fileBlob>> {
    return fileBlob(await this.#sources.get(blocks));
  }
}

/**
 * Files as blobs, without a checksum. `receiveFile` always brings its file to the disk, so one that is
 * not to be goes into a writable.
 */
export function sluiceFiles(syncing: Syncing): Subject {
  return {
    serve: () => servingService(SERVICE, new Files()),
    connect: async (port) => {
      const client = await connect({ host: HOST, port });
      const files = client.api<Files>(SERVICE);
      return driveFiles(
        (blocks) => files.make(blocks),
        async (blocks, path) => {
          if (syncing === 'synced') await receiveFile(files.read(blocks), path);
          else await receiveInto(files.read(blocks), createWriteStream(path));
        },
      );
    },
  };
}
