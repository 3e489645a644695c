import type { Msg } from '@nats-io/transport-node';

import { EndedStreams } from '../../support/ended-streams.ts';
import type { Serving } from '../../support/workload.ts';
import type { Cargo } from '../support/cargo.ts';
import { startBroker } from './broker.ts';
import { CARGO, connectBroker, numberOf, publishAll, subscribeTo } from './session.ts';

/** Starts a broker and answers all that the workloads ask for; the port is the broker's. */
export async function serveNats(cargo: Cargo): Promise<Serving> {
  const port = await startBroker();
  const connection = await connectBroker(port);
  const answer = (subject: string, reply: (request: Msg) => Promise<number> | number): void => {
    connection.subscribe(subject, {
      callback: (error, request) => {
        if (error !== null) throw error;
        void Promise.resolve(reply(request)).then((value) => request.respond(String(value)));
      },
    });
  };

  connection.subscribe('echo', {
    callback: (error, request) => {
      if (error !== null) throw error;
      request.respond(JSON.stringify(request.json()));
    },
  });
  subscribeTo(connection, CARGO.up, cargo);
  answer('produce', async (request) => {
    const count = numberOf(request);
    await publishAll(connection, CARGO.down, cargo, count);
    return count;
  });
  let received: Promise<void> | undefined;
  answer('expect', (request) => {
    const count = numberOf(request);
    received = cargo.tally.expect(count);
    return count;
  });
  answer('received', async (request) => {
    await received;
    return numberOf(request);
  });

  const held: string[] = [];
  const ended = new EndedStreams();
  answer('hold', (request) => held.push(request.string()));
  answer('open', async (request) => {
    const name = request.string();
    const numbers: number[] = [];
    const subscription = connection.subscribe(name, {
      callback: (error, message) => {
        if (error !== null) throw error;
        if (message.data.length > 0) numbers.push(numberOf(message));
        else {
          subscription.unsubscribe();
          ended.add(numbers.length === 1 ? Number(numbers[0]) : Number.NaN);
        }
      },
    });
    await connection.flush();
    return 0;
  });
  answer('sum-of-ended', (request) => ended.expect(numberOf(request)));
  await connection.flush();
  return { port };
}
