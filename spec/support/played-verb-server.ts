import { systemRandom } from '../../lib/base/random.ts';
import { decodeExtension, encodeExtension } from '../../lib/connection/handshake/extension.ts';
import { makeSessionKey } from '../../lib/connection/handshake/proof.ts';
import type { ChildStream } from '../../lib/connection/handshake/resume-record.ts';
import { type Client, type Sink, type Source, verb } from '../../lib/index.ts';
import { i32, packed, sinkOf, sourceOf } from '../../lib/layout.ts';
import { encodeMainMessage } from '../../lib/wire/main-message.ts';
import { answer, withPlayedServer } from './played-server.ts';
import type { RawPeer } from './raw-peer.ts';
import type { RawServer } from './raw-server.ts';
import { decodeNegotiation } from './scripted-peer.ts';
import { replyBytes, u64le } from './wire-bytes.ts';

const VERSION = 3;
const PARENT = 0x1230001n;
const NAME = verb(9, { args: packed(sourceOf(i32)), result: packed(sinkOf(i32)) });

/** A child that the client has dialed for a resumable stream. */
export interface DialedChild {
  readonly peer: RawPeer;
  /** What the client has said of the stream. */
  readonly stream: ChildStream | undefined;
}

/** A resumable stream, with its first child at the server. */
export interface OpenedStream {
  readonly id: bigint;
  readonly peer: RawPeer;
  readonly sink: Sink<[number]>;
}

/** The server of a client with resumable streams of verbs; a test plays it. */
export class PlayedVerbServer {
  readonly client: Client;
  readonly #server: RawServer;
  readonly #main: RawPeer;
  #nextId = 0x4560001n;

  constructor(client: Client, server: RawServer, main: RawPeer) {
    this.client = client;
    this.#server = server;
    this.#main = main;
  }

  /** The client opens a stream. */
  async open(): Promise<OpenedStream> {
    const opening = this.client.makeStreamSink<[number]>({
      serializer: packed(i32),
      resumable: true,
    });
    const id = this.#nextId;
    const { peer } = await this.child();
    const sink = await opening;
    sink.ended.catch(() => {});
    return { id, peer, sink };
  }

  /** The other direction of a stream, which a call has opened. */
  async sourceOf({ id, sink }: OpenedStream): Promise<Source<[number]>> {
    const calling = this.client.call(NAME, sink);
    const { messageId } = await this.#main.takeRequest();
    this.#main.write(replyBytes(messageId, u64le(id)));
    return calling;
  }

  /** Says, at once, that children of these attempts are lost. */
  part(...lost: readonly (readonly [streamId: bigint, attempt: number])[]): void {
    const messages = lost.map(([streamId, attempt]) =>
      replyBytes(0n, encodeMainMessage({ kind: 'child-parted', streamId, attempt })),
    );
    this.#main.write(Buffer.concat(messages));
  }

  /** The next child, which is not answered. */
  async dialed(): Promise<DialedChild> {
    const peer = await this.#server.accept();
    const { extension } = decodeNegotiation(await peer.takeNegotiation());
    return { peer, stream: decodeExtension(extension ?? Buffer.alloc(0), VERSION).stream };
  }

  /** The next child, answered. */
  async child(): Promise<DialedChild> {
    const extension = encodeExtension({ stream: { taken: 0 } });
    const { peer, offer } = await answer(this.#server, { connectionId: this.#nextId++, extension });
    const { stream } = decodeExtension(offer.extension ?? Buffer.alloc(0), VERSION);
    return { peer, stream };
  }
}

/** Runs a test with a client of ours whose server it plays. */
export async function withPlayedVerbServer(
  run: (server: PlayedVerbServer) => Promise<void>,
): Promise<void> {
  await withPlayedServer(async (client, server) => {
    const session = makeSessionKey(systemRandom());
    const extension = encodeExtension({ session });
    const { peer } = await answer(server, { connectionId: PARENT, extension });
    await client.whenReady();
    await run(new PlayedVerbServer(client, server, peer));
  });
}
