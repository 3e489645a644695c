/**
 * The types of a client's events. Compiled only; nothing here runs.
 */

import type { Client, ClientEvents } from '../../lib/index.ts';
import type { Peer } from '../../lib/transport.ts';

declare const client: Client;

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_equal: Equal<A, B>): void {}

same<
  keyof ClientEvents,
  'connecting' | 'connected' | 'goingAway' | 'disconnected' | 'reconnecting' | 'closed'
>(true);

client.on('connecting', ({ attempt }) => same<typeof attempt, number>(true));
client.on('reconnecting', ({ attempt, delayMs, cause }) => {
  same<typeof attempt, number>(true);
  same<typeof delayMs, number>(true);
  same<typeof cause, Error>(true);
});
client.once('connected', ({ connectionId, hasExtension, peer, resumed }) => {
  same<typeof resumed, boolean>(true);
  same<typeof connectionId, bigint | undefined>(true);
  same<typeof hasExtension, boolean>(true);
  same<typeof peer, Peer>(true);
});
client.on('goingAway', ({ graceMs, calls, streams }) => {
  same<typeof graceMs, number | undefined>(true);
  same<typeof calls, number>(true);
  same<typeof streams, number>(true);
});
client.on('disconnected', ({ connectionId, cause, willReconnect }) => {
  same<typeof connectionId, bigint | undefined>(true);
  same<typeof cause, Error>(true);
  same<typeof willReconnect, boolean>(true);
});
client.off('closed', ({ cause }) => same<typeof cause, Error>(true));

// @ts-expect-error: it has no such field.
client.on('closed', ({ reason }) => void reason);
// @ts-expect-error: what happened is not a listener's to change.
client.on('closed', (event) => void (event.cause = new Error('another')));
