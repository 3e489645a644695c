import {
  type Client,
  createClient,
  listen,
  type Sink,
  type Source,
  verb,
} from '../../lib/index.ts';
import type { ManualClock } from '../../lib/testing.ts';
import { packed, raw, sinkOf, sourceOf } from '../../lib/layout.ts';
import { MAIN_MESSAGE_VERB } from '../../lib/call/common/main-messages.ts';
import { encodeExtension } from '../../lib/connection/handshake/extension.ts';
import { type ChildMessage, encodeMainMessage } from '../../lib/wire/main-message.ts';
import type { Features } from '../../lib/wire/feature.ts';
import { NO_FEATURES, type RawPeer } from './raw-peer.ts';
import { RawServer } from './raw-server.ts';
import { withPeers } from './scripted-peer.ts';
import { until } from './turns.ts';
import { replyBytes, requestBytes, u64le } from './wire-bytes.ts';

type Bytes = [Uint8Array];

/** A stream both ways of which the test plays the far end, byte by byte. */
export interface ScriptedStream {
  /** The far ends of the main connection and the stream's. */
  readonly main: RawPeer;
  readonly child: RawPeer;
  readonly sink: Sink<Bytes>;
  /** Where we dialed, there is one when the call is answered. */
  readonly source: Source<Bytes> | undefined;
  /** Answers the call that names the stream; for streams that were opened without. */
  answer(): void;
  /** Says something about the stream on the main connection, in our extension's words. */
  tell(kind: ChildMessage['kind']): void;
}

/** Opens such streams, each on a main connection of its own. */
export type OpenScripted = (options: { isAnswered: boolean }) => Promise<ScriptedStream>;

/** Which end of the stream is ours: that which dialed it, or that which accepted it. */
export type Role = 'dialed' | 'accepted';

const EXCHANGE = verb(1, { args: packed(sourceOf(raw)), result: packed(sinkOf(raw)) });
const CHILD_ID = 77n;

function featuresOf(hasExtension: boolean): Features {
  return hasExtension
    ? { ...NO_FEATURES, extension: encodeExtension({ version: 1 }) }
    : NO_FEATURES;
}

/** Runs a test with streams whose far end speaks our extension, or is a plain Seastar's. */
export async function withScriptedStreams(
  role: Role,
  hasExtension: boolean,
  clock: ManualClock,
  run: (open: OpenScripted) => Promise<void>,
): Promise<void> {
  const features = featuresOf(hasExtension);
  if (role === 'accepted') await withAccepted(features, clock, run);
  else await withDialed(features, clock, run);
}

async function withAccepted(
  features: Features,
  clock: ManualClock,
  run: (open: OpenScripted) => Promise<void>,
): Promise<void> {
  const server = await listen({ host: '127.0.0.1', port: 0, clock });
  const arrived: Pick<ScriptedStream, 'sink' | 'source' | 'answer'>[] = [];
  server.handle(EXCHANGE, (_context, source) => {
    const sink = source.makeSink({ serializer: raw });
    return new Promise<Sink<Bytes>>((resolve) => {
      arrived.push({ sink, source, answer: () => resolve(sink) });
    });
  });
  try {
    await withPeers(server.address.port, async (join) => {
      await run(async ({ isAnswered }) => {
        const main = await join(features);
        const child = await join({ ...features, streamParent: main.id });
        main.peer.write(requestBytes(1, 1n, u64le(child.id)));
        await until(() => arrived.length > 0);
        const near = arrived.pop()!;
        if (isAnswered) {
          near.answer();
          await main.peer.takeReply();
        }
        const tell = (kind: ChildMessage['kind']): void => {
          const message = encodeMainMessage({ kind, streamId: child.id });
          main.peer.write(requestBytes(MAIN_MESSAGE_VERB, 2n, message));
        };
        return { main: main.peer, child: child.peer, ...near, tell };
      });
    });
  } finally {
    await server.abort();
  }
}

async function withDialed(
  features: Features,
  clock: ManualClock,
  run: (open: OpenScripted) => Promise<void>,
): Promise<void> {
  await using server = await RawServer.start();
  const clients: Client[] = [];
  try {
    await run(async ({ isAnswered }) => {
      const client = createClient({
        host: '127.0.0.1',
        port: server.port,
        clock,
        reconnect: false,
      });
      clients.push(client);
      const main = await server.acceptNegotiated({ ...features, connectionId: 1n });
      const opening = client.makeStreamSink({ serializer: raw });
      const child = await server.acceptNegotiated({ ...features, connectionId: CHILD_ID });
      const stream = new Dialed(main, child, await opening);
      const calling = stream.follow(client.call(EXCHANGE, stream.sink));
      await stream.takeRequest();
      if (isAnswered) {
        stream.answer();
        await calling;
      }
      return stream;
    });
  } finally {
    for (const client of clients) await client.abort();
  }
}

class Dialed implements ScriptedStream {
  readonly main: RawPeer;
  readonly child: RawPeer;
  readonly sink: Sink<Bytes>;
  source: Source<Bytes> | undefined;
  #messageId = 0n;

  constructor(main: RawPeer, child: RawPeer, sink: Sink<Bytes>) {
    this.main = main;
    this.child = child;
    this.sink = sink;
  }

  async follow(calling: Promise<Source<Bytes>>): Promise<void> {
    // A call that fails gives no source.
    this.source = await calling.catch(() => undefined);
  }

  async takeRequest(): Promise<void> {
    this.#messageId = (await this.main.takeRequest()).messageId;
  }

  answer(): void {
    this.main.write(replyBytes(this.#messageId, u64le(CHILD_ID)));
  }

  tell(kind: ChildMessage['kind']): void {
    this.main.write(replyBytes(0n, encodeMainMessage({ kind, streamId: CHILD_ID })));
  }
}
