/** A u32 as the wire has it. */
export function u32le(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** A u64 as the wire has it. */
export function u64le(value: bigint | number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return bytes;
}

/** A negotiation frame of records given as number and data. */
export function negotiation(
  ...records: readonly (readonly [feature: number, data?: Buffer])[]
): Buffer {
  const body = Buffer.concat(
    records.flatMap(([feature, data = Buffer.alloc(0)]) => [
      u32le(feature),
      u32le(data.length),
      data,
    ]),
  );
  return Buffer.concat([Buffer.from('SSTARRPC', 'latin1'), u32le(body.length), body]);
}

/** A message of a stream. */
export function streamFrame(payload: Buffer): Buffer {
  return Buffer.concat([u32le(payload.length), payload]);
}

/** The end of a stream. */
export const EOS_FRAME: Buffer = Buffer.alloc(4, 0xff);

/** A request's bytes, without a timeout. */
export function requestBytes(
  verb: number | bigint,
  messageId: bigint,
  payload: Uint8Array,
): Buffer {
  return Buffer.concat([u64le(verb), u64le(messageId), u32le(payload.length), payload]);
}

/** A reply's bytes, without a duration. */
export function replyBytes(messageId: bigint, payload: Uint8Array): Buffer {
  return Buffer.concat([u64le(messageId), u32le(payload.length), payload]);
}

/** The payload of a USER exception. */
export function userException(text: string): Buffer {
  const data = Buffer.from(text);
  return Buffer.concat([u32le(0), u32le(data.length), data]);
}

/** The payload of a REFUSED exception, of our extension. */
export function refusedException(text: string): Buffer {
  const data = Buffer.from(text);
  return Buffer.concat([u32le(0x534c_0002), u32le(data.length), data]);
}

/** The text of a USER exception's payload. */
export function userExceptionText(payload: Buffer): string {
  if (payload.readUInt32LE(0) !== 0) throw new Error('no USER exception');
  return payload.subarray(8, 8 + payload.readUInt32LE(4)).toString();
}

/** The payload of a LOST exception, of our extension's version 3. */
export function lostException(text: string): Buffer {
  const data = Buffer.from(text);
  return Buffer.concat([u32le(0x534c_0003), u32le(data.length), data]);
}
