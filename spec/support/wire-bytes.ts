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
