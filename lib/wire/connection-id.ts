/** The low 16 bits of a connection id are its shard; all ones there mean "no id". Source: `rpc_types.hh`. */
const SHARD_MASK = 0xffffn;

/** Puts an id together: a number above, the shard in the low 16 bits. */
export function makeConnectionId(number: bigint, shard: number): bigint {
  return BigInt.asUintN(64, (number << 16n) | BigInt(shard));
}

/** The shard that owns the connection. */
export function shardOf(id: bigint): number {
  return Number(id & SHARD_MASK);
}

/** Whether the id names a connection at all. */
export function isValidConnectionId(id: bigint): boolean {
  return (id & SHARD_MASK) !== SHARD_MASK;
}

/** As Seastar prints it: lower-case hexadecimal without a prefix. */
export function formatConnectionId(id: bigint): string {
  return id.toString(16);
}

/** For logs: enough to tell connections apart, too little to attach a stream to one. */
export function redactConnectionId(id: bigint): string {
  return `…${formatConnectionId(id).padStart(16, '0').slice(-6)}`;
}
