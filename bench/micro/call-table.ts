// What does it cost to find the call that a reply belongs to, while ids rise for ever?

import { CallTable } from '../../lib/call/common/call-table.ts';
import type { PendingCall } from '../../lib/call/client/pending-call.ts';
import { verb } from '../../lib/verb/verb.ts';
import { expectEqual } from '../support/expect-equal.ts';
import type { Micro } from '../support/micro.ts';

const CALLS = 4_096;
const IN_FLIGHT = 64;

const VERB = verb<() => void>(1);
const ignore = (): void => {};

const map = new Map<number, PendingCall>();
const table = new CallTable<PendingCall>();
let lastMapId = 0;
let lastTableId = 0;

/** The floor is a Map by id. */
export const callTableMicros: readonly Micro[] = [
  {
    name: 'micro.call-table',
    operations: CALLS,
    floor: () => {
      let found = 0;
      for (let i = 0; i < CALLS; i++) {
        const id = ++lastMapId;
        map.set(id, pendingCall(id));
        if (map.get(id - IN_FLIGHT) !== undefined && map.delete(id - IN_FLIGHT)) found++;
      }
      expectEqual(found + map.size, lastMapId > CALLS ? CALLS + IN_FLIGHT : CALLS);
    },
    sluice: () => {
      let found = 0;
      for (let i = 0; i < CALLS; i++) {
        const id = ++lastTableId;
        table.add(pendingCall(id));
        if (table.take(id - IN_FLIGHT) !== undefined) found++;
      }
      expectEqual(found + table.size, lastTableId > CALLS ? CALLS + IN_FLIGHT : CALLS);
    },
  },
];

function pendingCall(messageId: number): PendingCall {
  return {
    verb: VERB,
    args: [],
    deadline: undefined,
    timeoutMs: undefined,
    resolve: ignore,
    reject: ignore,
    guard: undefined,
    holder: { peer: 'played:1', cancel: ignore },
    place: messageId,
    messageId,
    sentAt: 0,
    children: undefined,
    site: undefined,
    isIdempotent: false,
    mayHaveRun: false,
    watched: undefined,
  };
}
