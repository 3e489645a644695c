import {
  Client,
  credentials,
  Metadata,
  type ClientReadableStream,
  type ClientWritableStream,
  type MethodDefinition,
} from '@grpc/grpc-js';

import type { Cargo } from '../support/cargo.ts';
import { Pace } from '../support/pace.ts';
import type { PeerClient } from '../support/peer-library.ts';
import { writeAll } from '../support/write-all.ts';
import { benchMethods, CHANNEL_OPTIONS, COUNT_KEY } from './service.ts';

/** All streams and calls share one connection, as they do for everyone who uses one client. */
export async function connectGrpc(port: number, cargo: Cargo): Promise<PeerClient> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), CHANNEL_OPTIONS);
  const methods = benchMethods(cargo);
  const streams: unknown[] = [];
  return {
    echo: (record) => callUnary(client, methods.echo, record),

    receive: async (count) => {
      const received = cargo.tally.expect(count);
      const call = callForStream(client, methods.produce, { value: count });
      const pace = new Pace(call, cargo.readMs);
      call.on('data', (message) => {
        cargo.take(message);
        pace.step();
      });
      await received;
    },

    send: async (count) => {
      const metadata = new Metadata();
      metadata.set(COUNT_KEY, String(count));
      await sendUp(client, methods.take, metadata, async (stream) => {
        await writeAll(stream, cargo.messages, count);
        stream.end();
      });
    },

    hold: () => {
      const { path, requestSerialize, responseDeserialize } = methods.hold;
      const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
      streams.push(call);
      return new Promise((resolve, reject) => {
        call.once('data', ({ value }: { readonly value: number }) => resolve(value));
        call.once('error', reject);
      });
    },

    sendOne: async (number) => {
      await sendUp(client, methods.takeOne, new Metadata(), (stream) => {
        stream.end({ value: number });
      });
    },

    sumOfEnded: async (count) => {
      return (await callUnary(client, methods.sumOfEnded, { value: count })).value;
    },
  };
}

/** Makes a call. Resolves with its answer. */
export function callUnary<Request, Response>(
  client: Client,
  method: MethodDefinition<Request, Response>,
  request: Request,
): Promise<Response> {
  const { path, requestSerialize, responseDeserialize } = method;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      (error, response) => {
        if (response === undefined) reject(error ?? new Error('no answer'));
        else resolve(response);
      },
    );
  });
}

/** Makes a call that is answered by a stream. */
export function callForStream<Request, Response>(
  client: Client,
  { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Response>,
  request: Request,
): ClientReadableStream<Response> {
  return client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
}

/** Opens a stream to the server and has it filled. Resolves with the server's answer. */
function sendUp<Request, Response>(
  client: Client,
  method: MethodDefinition<Request, Response>,
  metadata: Metadata,
  fill: (stream: ClientWritableStream<Request>) => unknown,
): Promise<Response> {
  const { path, requestSerialize, responseDeserialize } = method;
  return new Promise((resolve, reject) => {
    const stream = client.makeClientStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      metadata,
      (error, response) => {
        if (response === undefined) reject(error ?? new Error('no answer'));
        else resolve(response);
      },
    );
    fill(stream);
  });
}
