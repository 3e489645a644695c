import { parse } from 'protobufjs';

import type { BenchRecord } from '../../support/records.ts';

/** How grpc-js turns messages into bytes and back. */
export interface Codec<Message> {
  readonly serialize: (message: Message) => Buffer;
  readonly deserialize: (bytes: Buffer) => Message;
}

const SCHEMA = `
  syntax = "proto3";
  message Record { int32 seq = 1; string key = 2; string value = 3; }
  message Number { double value = 1; }
`;

const { root } = parse(SCHEMA);

/**
 * The codec that protobufjs generates when it loads a schema. It is the code that `pbjs` would write to
 * a file, and is what `@grpc/proto-loader` calls too, which converts each message from and to a plain
 * object besides: this is the fastest of the three.
 */
function generated<Message extends object>(name: string): Codec<Message> {
  const type = root.lookupType(name);
  return {
    // In Node, protobufjs writes into Buffers.
    serialize: (message) => type.encode(message).finish() as Buffer,
    // What the schema says.
    deserialize: (bytes) => type.decode(bytes) as unknown as Message,
  };
}

export const recordCodec: Codec<BenchRecord> = generated('Record');

export const numberCodec: Codec<{ readonly value: number }> = generated('Number');

/** Bytes are passed on as they are. */
export const bytesCodec: Codec<Buffer> = {
  serialize: (bytes) => bytes,
  deserialize: (bytes) => bytes,
};
