import { createReadStream, createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import {
  Client,
  credentials,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';

import { driveFiles, SourceFiles, sync, type Syncing } from '../../support/file-driving.ts';
import type { Subject } from '../../support/workload.ts';
import { callForStream, callUnary } from './client.ts';
import { bytesCodec, numberCodec } from './codec.ts';
import { CHANNEL_OPTIONS, method, type Numbered } from './service.ts';

const METHODS = {
  make: method('make', '', numberCodec, numberCodec),
  read: method('read', 'down', numberCodec, bytesCodec),
};

/** Files in messages as they are read, by `stream.pipeline` at both ends. */
export function grpcFiles(syncing: Syncing): Subject {
  return {
    serve: () => {
      const server = new Server(CHANNEL_OPTIONS);
      server.addService(METHODS, handlers());
      return new Promise((resolve, reject) => {
        server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
          if (error) reject(error);
          else resolve({ port });
        });
      });
    },
    connect: (port) => {
      const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), CHANNEL_OPTIONS);
      const driving = driveFiles(
        async (blocks) => void (await callUnary(client, METHODS.make, { value: blocks })),
        async (blocks, path) => {
          const call = callForStream(client, METHODS.read, { value: blocks });
          await pipeline(call, createWriteStream(path));
          if (syncing === 'synced') await sync(path);
        },
      );
      return Promise.resolve(driving);
    },
  };
}

function handlers() {
  const sources = new SourceFiles();
  return {
    make: (call: ServerUnaryCall<Numbered, Numbered>, done: sendUnaryData<Numbered>) =>
      void sources.get(call.request.value).then(() => done(null, call.request)),
    read: (call: ServerWritableStream<Numbered, Buffer>) => void sendFile(call, sources),
  };
}

async function sendFile(
  call: ServerWritableStream<Numbered, Buffer>,
  sources: SourceFiles,
): Promise<void> {
  const path = await sources.get(call.request.value);
  // It is a Writable, which its type does not say.
  await pipeline(createReadStream(path), call as unknown as Writable);
}
