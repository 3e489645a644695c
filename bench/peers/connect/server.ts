import { create } from '@bufbuild/protobuf';
import type { HandlerContext } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { createServer } from 'node:http2';

import { EndedStreams } from '../../support/ended-streams.ts';
import type { Serving } from '../../support/workload.ts';
import type { BytesCargo, Cargo, RecordsCargo } from '../support/cargo.ts';
import { listenTcp } from '../support/listen-tcp.ts';
import { bytesMessages, recordMessages, repeat, takeAll } from './messages.ts';
import { Bench, type NumberMessage, NumberSchema } from './schema.ts';

/** Header that announces how many messages a stream carries. */
export const COUNT_HEADER = 'bench-count';

/** Lets bulk flow to the server, twice as fast as with Node's own windows of 64 KiB. */
export const WINDOW_BYTES = 4_194_304;

/** Serves all that the workloads ask for. */
export async function serveConnect(cargo: Cargo): Promise<Serving> {
  const streams = cargo.kind === 'bytes' ? bytesHandlers(cargo) : recordHandlers(cargo);
  const numbers = numberHandlers();
  const adapter = connectNodeAdapter({
    routes: (router) => void router.service(Bench, { ...streams, ...numbers }),
  });
  const server = createServer({ settings: { initialWindowSize: WINDOW_BYTES } }, adapter);
  server.on('session', (session) => session.setLocalWindowSize(WINDOW_BYTES));
  return listenTcp(server);
}

function bytesHandlers(cargo: BytesCargo) {
  const messages = bytesMessages(cargo);
  return {
    produceBytes: ({ value }: NumberMessage) => repeat(messages, value),
    takeBytes: async (source: AsyncIterable<(typeof messages)[number]>, context: HandlerContext) =>
      expectAll(source, context, cargo, ({ data }) => data),
  };
}

function recordHandlers(cargo: RecordsCargo) {
  const messages = recordMessages(cargo);
  return {
    produceRecords: ({ value }: NumberMessage) => repeat(messages, value),
    takeRecords: (source: AsyncIterable<(typeof messages)[number]>, context: HandlerContext) =>
      expectAll(source, context, cargo, (record) => record),
  };
}

async function expectAll<Message>(
  source: AsyncIterable<Message>,
  context: HandlerContext,
  cargo: Cargo,
  contentOf: (message: Message) => unknown,
): Promise<NumberMessage> {
  const count = Number(context.requestHeader.get(COUNT_HEADER));
  const received = cargo.tally.expect(count);
  await takeAll(source, cargo, contentOf);
  await received;
  return numberMessage(count);
}

/** Calls, and streams that carry a number at most. */
function numberHandlers() {
  const ended = new EndedStreams();
  let held = 0;
  return {
    echo: <Record>(record: Record): Record => record,
    hold: async function* (source: AsyncIterable<NumberMessage>) {
      yield numberMessage(++held);
      for await (const { value } of source) throw new Error(`an idle stream carried ${value}`);
    },
    takeOne: async (source: AsyncIterable<NumberMessage>) => {
      let number = Number.NaN;
      for await (const { value } of source) number = value;
      ended.add(number);
      return numberMessage(number);
    },
    sumOfEnded: async ({ value }: NumberMessage) => numberMessage(await ended.expect(value)),
  };
}

function numberMessage(value: number): NumberMessage {
  return create(NumberSchema, { value });
}
