import {
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';

import { EndedStreams } from '../../support/ended-streams.ts';
import type { BenchRecord } from '../../support/records.ts';
import type { Serving } from '../../support/workload.ts';
import type { Cargo } from '../support/cargo.ts';
import { Pace } from '../support/pace.ts';
import { writeAll } from '../support/write-all.ts';
import { benchMethods, CHANNEL_OPTIONS, COUNT_KEY, type Numbered } from './service.ts';

/** Serves all that the workloads ask for. */
export async function serveGrpc(cargo: Cargo): Promise<Serving> {
  const server = new Server(CHANNEL_OPTIONS);
  server.addService(benchMethods(cargo), { ...streamHandlers(cargo), ...numberHandlers() });
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve({ port });
    });
  });
}

/** The cargo, in both directions. */
function streamHandlers(cargo: Cargo) {
  return {
    produce: (call: ServerWritableStream<Numbered, unknown>): void => {
      void writeAll(call, cargo.messages, call.request.value).then(() => call.end());
    },
    take: (call: ServerReadableStream<unknown, Numbered>, done: sendUnaryData<Numbered>): void => {
      const count = Number(call.metadata.get(COUNT_KEY)[0]);
      void cargo.tally.expect(count).then(() => done(null, { value: count }));
      const pace = new Pace(call, cargo.readMs);
      call.on('data', (message) => {
        cargo.take(message);
        pace.step();
      });
    },
  };
}

/** Calls, and streams that carry a number at most. */
function numberHandlers() {
  const ended = new EndedStreams();
  let held = 0;
  return {
    echo: (call: ServerUnaryCall<BenchRecord, BenchRecord>, done: sendUnaryData<BenchRecord>) =>
      done(null, call.request),
    hold: (call: ServerDuplexStream<Numbered, Numbered>): void => {
      call.on('data', () => {});
      call.write({ value: ++held });
    },
    takeOne: (call: ServerReadableStream<Numbered, Numbered>, done: sendUnaryData<Numbered>) => {
      let number = Number.NaN;
      call.on('data', ({ value }: Numbered) => (number = value));
      call.on('end', () => {
        ended.add(number);
        done(null, { value: number });
      });
    },
    sumOfEnded: (call: ServerUnaryCall<Numbered, Numbered>, done: sendUnaryData<Numbered>) =>
      void ended.expect(call.request.value).then((value) => done(null, { value })),
  };
}
