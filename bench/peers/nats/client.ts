import { createInbox } from '@nats-io/transport-node';

import type { BenchRecord } from '../../support/records.ts';
import type { Cargo } from '../support/cargo.ts';
import type { PeerClient } from '../support/peer-library.ts';
import { askNumber, CARGO, connectBroker, publishAll, subscribeTo } from './session.ts';

/** All subjects share one connection. */
export async function connectNats(port: number, cargo: Cargo): Promise<PeerClient> {
  const connection = await connectBroker(port);
  subscribeTo(connection, CARGO.down, cargo);
  let held = 0;
  return {
    echo: async (record) => {
      const reply = await connection.request('echo', JSON.stringify(record));
      // The caller checks that it is what was sent.
      return reply.json<BenchRecord>();
    },

    receive: async (count) => {
      const received = cargo.tally.expect(count);
      await askNumber(connection, 'produce', count);
      await received;
    },

    send: async (count) => {
      await askNumber(connection, 'expect', count);
      await publishAll(connection, CARGO.up, cargo, count);
      await askNumber(connection, 'received', count);
    },

    // A subscription is what NATS has in a stream's place.
    hold: () => {
      const name = `held.${held++}`;
      connection.subscribe(name, { callback: () => {} });
      return askNumber(connection, 'hold', name);
    },

    sendOne: async (number) => {
      const name = createInbox();
      await askNumber(connection, 'open', name);
      connection.publish(name, String(number));
      connection.publish(name);
    },

    sumOfEnded: (count) => askNumber(connection, 'sum-of-ended', count),
  };
}
