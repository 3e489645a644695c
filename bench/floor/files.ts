import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';

import { driveFiles, SourceFiles, sync, type Syncing } from '../support/file-driving.ts';
import type { Subject } from '../support/workload.ts';
import { connectRaw, listenRaw } from './raw-listen.ts';

const SIZE_BYTES = 4;

/**
 * Files over raw sockets, by `stream.pipeline` at both ends. A client says how many blocks the file has,
 * with the top bit set if it is only to be made, which a byte answers.
 */
const MAKE = 0x8000_0000;

export function floorFiles(syncing: Syncing): Subject {
  return {
    serve: () => {
      const sources = new SourceFiles();
      return listenRaw((socket) => void serveFile(socket, sources));
    },
    connect: async (port) =>
      driveFiles(
        async (blocks) => {
          const socket = await ask(port, MAKE + blocks);
          await once(socket, 'data');
          socket.destroy();
        },
        async (blocks, path) => {
          await pipeline(await ask(port, blocks), createWriteStream(path));
          if (syncing === 'synced') await sync(path);
        },
      ),
  };
}

/** The system's own copy, in one process. */
export function copiedFiles(syncing: Syncing): Subject {
  return {
    serve: () => listenRaw((socket) => void socket.destroy()),
    connect: () => {
      const sources = new SourceFiles();
      return Promise.resolve(
        driveFiles(
          async (blocks) => void (await sources.get(blocks)),
          async (blocks, path) => {
            await copyFile(await sources.get(blocks), path);
            if (syncing === 'synced') await sync(path);
          },
        ),
      );
    },
  };
}

async function serveFile(socket: Socket, sources: SourceFiles): Promise<void> {
  const [size] = (await once(socket, 'data')) as [Buffer];
  const wanted = size.readUInt32LE();
  const path = await sources.get(wanted % MAKE);
  if (wanted >= MAKE) socket.end('!');
  else await pipeline(createReadStream(path), socket);
}

async function ask(port: number, wanted: number): Promise<Socket> {
  const socket = await connectRaw(port);
  const size = Buffer.alloc(SIZE_BYTES);
  size.writeUInt32LE(wanted);
  socket.write(size);
  return socket;
}
