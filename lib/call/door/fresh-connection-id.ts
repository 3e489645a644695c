import type { Random } from '../../base/random.ts';
import { isValidConnectionId, makeConnectionId } from '../../wire/connection-id.ts';

/**
 * An id that no connection has and no peer can guess, because the id lets a child in.
 *
 * @param shard - the number of this process in a cluster, which the low bits name; undefined outside
 *   of a cluster.
 */
export function freshConnectionId(
  random: Random,
  shard: number | undefined,
  taken: ReadonlyMap<bigint, unknown>,
): bigint {
  for (;;) {
    const bits = random.bytes(8).readBigUInt64LE(0);
    const id = shard === undefined ? bits : makeConnectionId(bits >> 16n, shard);
    if (isValidConnectionId(id) && !taken.has(id)) return id;
  }
}
