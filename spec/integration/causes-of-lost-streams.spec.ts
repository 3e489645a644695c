import { expect } from 'chai';

import {
  type Client,
  isRetryable,
  type Server,
  type Source,
  StreamClosedError,
  type Verb,
  verb,
} from '../../lib/index.ts';
import { rejectionOf } from '../support/rejection.ts';
import { until } from '../support/turns.ts';
import { type Pair, withServer } from '../support/with-server.ts';

/** How a server takes its streams away, and what its clients are told of it. */
const ENDS: readonly (readonly [
  how: string,
  end: (server: Server, client: Client) => unknown,
  text: RegExp,
])[] = [
  ['is closed', (server) => server.close({ graceMs: 0 }), /the server closed the connection/],
  [
    'is closed and runs out of its grace time',
    (server) => server.close({ graceMs: 20 }),
    /the server went away; what was under way had 20 ms \(graceMs\)/,
  ],
  ['is aborted', (server) => server.abort(new Error('why')), /the server closed the connection/],
  [
    'aborts the connection',
    (server, { connectionId }) => server.abortConnection(connectionId ?? 0n),
    /the server closed the connection/,
  ],
];

interface Feed {
  live(): AsyncIterable<number>;
}

/** A stream that gives one item and then none. */
async function* once(): AsyncGenerator<number, void, undefined> {
  yield 1;
  await new Promise(() => {});
}

describe('the cause of streams that end with their connection', () => {
  for (const [how, end, text] of ENDS) {
    it(`X10 is told to a reader whose server ${how}, and is retryable as a call is`, async () => {
      await withServer(async ({ server, client }) => {
        server.expose('feed', { live: once });
        const streams = await Promise.all(
          [1, 2, 3].map(async () => {
            const live = await client.api<Feed>('feed').live();
            await live.read();
            return live;
          }),
        );
        const reads = streams.map((each) => rejectionOf(each.read(), StreamClosedError));
        const ended = end(server, client);
        for (const error of await Promise.all(reads)) {
          expect(error.message).to.match(text);
          expect(error.cause).to.include({ code: 'ERR_CLOSED', retryable: true });
          expect(error.initiator).to.equal('remote');
          expect(isRetryable(error)).to.equal(true);
        }
        await ended;
      });
    });
  }
});

const LOAD: Verb<(items: Source<[number]>) => void> = verb(1);

/** What a client brings to its server, and how the client begins. */
const READERS: readonly (readonly [
  what: string,
  read: (pair: Pair, onItem: () => void, onEnd: (error: unknown) => void) => Promise<void>,
])[] = [
  [
    'a method',
    async ({ server, client }, onItem, onEnd) => {
      server.expose('taker', {
        take: (items: AsyncIterable<number>) => drain(items, onItem, onEnd),
      });
      const api = client.api<{ take(items: AsyncIterable<number>): Promise<void> }>('taker');
      await api.take(once());
    },
  ],
  [
    'a verb’s handler',
    async ({ server, client }, onItem, onEnd) => {
      server.handle(LOAD, (_context, items) => drain(items, onItem, onEnd));
      const sink = await client.makeStreamSink<[number]>();
      await sink.send(1);
      await client.call(LOAD, sink);
    },
  ],
];

async function drain(
  items: AsyncIterable<unknown>,
  onItem: () => void,
  onEnd: (error: unknown) => void,
): Promise<void> {
  try {
    for await (const item of items) if (item !== undefined) onItem();
  } catch (error) {
    onEnd(error);
  }
}

describe('the cause of streams that end with their client', () => {
  for (const [what, read] of READERS) {
    it(`X10 is told to ${what} whose caller breaks off, and is retryable`, async () => {
      await withServer(async (pair) => {
        let items = 0;
        let end: unknown;
        const call = rejectionOf(
          read(
            pair,
            () => void items++,
            (error) => void (end = error),
          ),
        );
        await until(() => items === 1);
        await pair.client.abort();
        await until(() => end !== undefined);
        expect(end).to.be.instanceOf(StreamClosedError);
        expect(end).to.include({ initiator: 'remote', retryable: true });
        expect(end).to.have.nested.property('cause.code', 'ERR_CLOSED');
        expect(end).to.have.nested.property('cause.initiator', 'remote');
        await call;
      });
    });
  }
});
