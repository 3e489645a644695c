/** The bytes of frames, right or wrong, as a hostile peer writes them. Nothing is compressed. */

import { Binary, deserialize, serialize } from 'bson';
import { encodeLaneFrame, LANE_FRAME_MARK } from '../../../../lib/wire/lane-frame.ts';
import { encodeMainMessage, type MainMessage } from '../../../../lib/wire/main-message.ts';
import { encodeEos } from '../../../../lib/wire/stream-frame.ts';

/** The verb of main messages. */
export const MAIN_VERB = 0x534c_5543_0000_0001n;

const VALUE_STREAM = 0x8c;
const CHILD_STREAM = 0x8b;

/** The end of a stream. */
export const EOS_BYTES: Buffer = encodeEos();

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function u64(value: bigint | number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return bytes;
}

/** A request without a timeout. `claimed` is the length that it says. */
export function request(
  verb: bigint,
  messageId: number,
  payload: Buffer,
  claimed: number = payload.length,
): Buffer {
  return Buffer.concat([u64(verb), u64(messageId), u32(claimed), payload]);
}

/** A reply without a duration. `claimed` is the length that it says. */
export function reply(
  messageId: number,
  payload: Buffer,
  claimed: number = payload.length,
): Buffer {
  return Buffer.concat([u64(messageId), u32(claimed), payload]);
}

/** An exception of a type, with a length that it says. */
export function exception(
  messageId: number,
  type: number,
  data: Buffer,
  claimed: number = data.length,
): Buffer {
  return reply(-messageId, Buffer.concat([u32(type), u32(claimed), data]));
}

/** Values with their places in a tuple. */
export function tuple(...values: readonly unknown[]): Buffer {
  return Buffer.from(serialize(Object.fromEntries(values.entries())));
}

/** The payload of a service's call or of its answer, without an envelope. */
export function bare(...values: readonly unknown[]): Buffer {
  return Buffer.concat([Buffer.from([0]), tuple(...values)]);
}

/** The same behind an envelope. */
export function enveloped(envelope: Buffer, ...values: readonly unknown[]): Buffer {
  return Buffer.concat([Buffer.from([1]), envelope, tuple(...values)]);
}

/** A stream in a value, by its number. */
export function valueStream(number: number): Binary {
  return new Binary(Buffer.concat([u64(number), Buffer.from('bson')]), VALUE_STREAM);
}

/** The stream of a child connection. */
export function childStream(id: bigint): Binary {
  return new Binary(Buffer.concat([u64(id), Buffer.from('bson')]), CHILD_STREAM);
}

/** The numbers of the streams in the payload of a service's call or answer. */
export function streamsIn(payload: Buffer): number[] {
  const start = payload[0] === 1 ? 1 + payload.readUInt32LE(1) : 1;
  return wordsIn(payload.subarray(start), VALUE_STREAM).map(Number);
}

/** The ids of the children in the payload of a verb's call. */
export function childrenIn(payload: Buffer): bigint[] {
  return wordsIn(payload, CHILD_STREAM);
}

function wordsIn(bytes: Buffer, subtype: number): bigint[] {
  const values = Object.values(deserialize(bytes, { useBigInt64: true }));
  return values.flatMap((value) =>
    value instanceof Binary && value.sub_type === subtype
      ? [Buffer.from(value.buffer).readBigUInt64LE(0)]
      : [],
  );
}

/** A message of a stream. `claimed` is the length that it says. */
export function message(payload: Buffer, claimed: number = payload.length): Buffer {
  return Buffer.concat([u32(claimed), payload]);
}

/** A lane frame of any type, with a length that it says. */
export function laneFrame(type: number, body: Buffer, claimed: number = 1 + body.length): Buffer {
  return Buffer.concat([u32(LANE_FRAME_MARK), u32(claimed), Buffer.from([type]), body]);
}

/** The lane frame that begins a stream. */
export function attach(type: 'consume' | 'produce', number: number): Buffer {
  return encodeLaneFrame({ type, number });
}

export function count(number: number): Buffer {
  return encodeLaneFrame({ type: 'count', number });
}

/** The payload of a main message. */
export function mainPayload(told: MainMessage): Buffer {
  return encodeMainMessage(told);
}
