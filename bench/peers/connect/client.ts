import { create } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';

import type { BytesCargo, Cargo, RecordsCargo } from '../support/cargo.ts';
import type { PeerClient } from '../support/peer-library.ts';
import { bytesMessages, recordMessages, repeat, takeAll } from './messages.ts';
import { Bench, type NumberMessage, NumberSchema } from './schema.ts';
import { COUNT_HEADER, WINDOW_BYTES } from './server.ts';

/** All streams and calls share one connection, as they do for everyone who uses one transport. */
export async function connectConnect(port: number, cargo: Cargo): Promise<PeerClient> {
  const transport = createConnectTransport({
    baseUrl: `http://127.0.0.1:${port}`,
    httpVersion: '2',
    useBinaryFormat: true,
    nodeOptions: { settings: { initialWindowSize: WINDOW_BYTES } },
  });
  const client = createClient(Bench, transport);
  const held: AsyncIterator<NumberMessage>[] = [];
  const { receive, send } =
    cargo.kind === 'bytes' ? byteStreams(client, cargo) : recordStreams(client, cargo);
  return {
    echo: (record) => client.echo(record),
    receive: async (count) => {
      const received = cargo.tally.expect(count);
      await receive(count);
      await received;
    },
    send: async (count) => {
      await send(count, { headers: { [COUNT_HEADER]: String(count) } });
    },
    hold: async () => {
      const answers = client.hold(idle())[Symbol.asyncIterator]();
      held.push(answers);
      const { value } = await answers.next();
      return (value as NumberMessage).value;
    },
    sendOne: async (number) => {
      await client.takeOne(repeat([create(NumberSchema, { value: number })], 1));
    },
    sumOfEnded: async (count) => (await client.sumOfEnded({ value: count })).value,
  };
}

type BenchClient = ReturnType<typeof createClient<typeof Bench>>;
type CallOptions = NonNullable<Parameters<BenchClient['takeBytes']>[1]>;

interface Streams {
  readonly receive: (count: number) => Promise<void>;
  readonly send: (count: number, options: CallOptions) => Promise<unknown>;
}

function byteStreams(client: BenchClient, cargo: BytesCargo): Streams {
  const messages = bytesMessages(cargo);
  return {
    receive: (count) => takeAll(client.produceBytes({ value: count }), cargo, ({ data }) => data),
    send: (count, options) => client.takeBytes(repeat(messages, count), options),
  };
}

function recordStreams(client: BenchClient, cargo: RecordsCargo): Streams {
  const messages = recordMessages(cargo);
  return {
    receive: (count) => takeAll(client.produceRecords({ value: count }), cargo, (record) => record),
    send: (count, options) => client.takeRecords(repeat(messages, count), options),
  };
}

/** A stream's source that has nothing to send and does not end. */
async function* idle(): AsyncGenerator<NumberMessage> {
  await new Promise(() => {});
  yield create(NumberSchema);
}
