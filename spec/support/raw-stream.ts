import { expect } from 'chai';

import { packed, raw, sinkOf, sourceOf } from '../../lib/layout.ts';
import { type ServerOptions, type Sink, type Source, verb, type Verb } from '../../lib/index.ts';
import { CollectedLog } from './collected-log.ts';
import type { RawPeer } from './raw-peer.ts';
import { withPeers } from './scripted-peer.ts';
import { requestBytes, streamFrame, u64le } from './wire-bytes.ts';
import { withServer } from './with-server.ts';

type Bytes = [Uint8Array];

/** A verb that takes a stream by its bare id, so that a raw client can name it. */
export const BY_ID: Verb<(source: Source<Bytes>) => void> = verb(1, {
  args: packed(sourceOf(raw)),
});
/** One that answers with the other direction. */
const ECHO_BY_ID = verb(2, { args: packed(sourceOf(raw)), result: packed(sinkOf(raw)) });

/** A stream whose client the test plays. */
export interface RawStream {
  readonly main: RawPeer;
  readonly child: RawPeer;
  readonly source: Source<Bytes>;
  readonly sink: Sink<Bytes>;
  readonly log: CollectedLog;
}

/** A stream both ways between a server and a client that the test plays. */
export async function withRawStream(
  options: Partial<ServerOptions>,
  run: (stream: RawStream) => Promise<void>,
): Promise<void> {
  const log = new CollectedLog();
  await withServer({ server: { ...options, logger: log } }, async ({ server }) => {
    let far: { source: Source<Bytes>; sink: Sink<Bytes> } | undefined;
    server.handle(ECHO_BY_ID, (_context, source) => {
      const sink = source.makeSink({ serializer: raw });
      far = { source, sink };
      return sink;
    });
    await withPeers(server.address.port, async (join) => {
      const main = await join();
      const child = await join({ streamParent: main.id });
      main.peer.write(requestBytes(2, 1n, u64le(child.id)));
      await main.peer.takeReply();
      await run({ main: main.peer, child: child.peer, ...far!, log });
    });
  });
}

/** The parent still answers. */
export async function expectAlive(main: RawPeer): Promise<void> {
  main.write(requestBytes(99, 7n, Buffer.alloc(0)));
  expect((await main.takeReply()).messageId).to.equal(-7n);
}

/** A message on the wire. */
export const MESSAGE: Buffer = streamFrame(Buffer.from('message'));
