import type { Sink, Source } from '../../lib/index.ts';
import { pause } from './seapeer.ts';
import type { SeapeerClient } from './seapeer-client.ts';
import { prose } from './seapeer-prose.ts';
import * as verbs from './seapeer-verbs.ts';

type Script = (peer: SeapeerClient) => Promise<void>;
type Blobs = [Uint8Array];

/** What the program does between connecting and stopping, by name. */
export const SCRIPTS: Readonly<Record<string, Script>> = {
  negotiate: (peer) => peer.rest(),
  echo: calls((peer) => echo(peer, 'hello')),
  'echo-empty': calls((peer) => echo(peer, '')),
  'echo-prose': calls((peer) => echo(peer, prose(300))),
  'echo-40k': calls((peer) => echo(peer, prose(40_000))),
  'echo-100k': calls((peer) => echo(peer, prose(100_000))),
  add: calls(async (peer) => {
    await add(peer, 2, 3);
    await add(peer, -1, -2);
  }),
  fail: calls(fail),
  unknown: calls(unknown),
  'one-way': calls(oneWay),
  'one-way-unknown': calls(async (peer) => {
    await peer.tell('one_way to an unknown verb', peer.client.call(verbs.unknownOneWay, 'x'));
    await add(peer, 1, 1);
  }),
  sleep: calls((peer) => peer.tell('sleep', peer.client.call(verbs.sleep, 100))),
  'timeout-set': calls((peer) =>
    peer.tell('add', peer.client.with({ timeoutMs: 5000 }).call(verbs.add, 2, 3)),
  ),
  'timeout-expires': calls(async (peer) => {
    await peer.tell('sleep', peer.client.with({ timeoutMs: 200 }).call(verbs.sleep, 400));
    await pause(peer.clock, 400);
    await add(peer, 1, 1);
  }),
  calls: calls(async (peer) => {
    await echo(peer, 'hello');
    await add(peer, 2, 3);
    await fail(peer);
    await unknown(peer);
    await oneWay(peer);
  }),
  pipelined: calls(async (peer) => {
    const numbers = [0, 1, 2, 3, 4];
    await Promise.all(numbers.map((n) => peer.client.call(verbs.echo, `p${n}`)));
  }),
  'stream-echo': calls((peer) => streamEcho(peer, ['one', 'two', 'three'])),
  'stream-echo-prose': calls((peer) => streamEcho(peer, [prose(300), '', prose(40_000)])),
  'stream-echo-call-after': calls(async (peer) => {
    await streamEcho(peer, ['one']);
    await pause(peer.clock, 100);
    await add(peer, 2, 3);
  }),
  'stream-pair': calls(streamPair),
  'stream-consume': calls(async (peer) => {
    const sink = await openSink(peer);
    const reply = peer.tell('consume', peer.client.call(verbs.streamConsume, sink));
    await peer.rest();
    for (const text of ['abc', '', 'defgh']) await sink.send(Buffer.from(text));
    await sink.close();
    await reply;
  }),
  'stream-slow-consume': calls(async (peer) => {
    const sink = await openSink(peer);
    const reply = peer.tell('slow consume', peer.client.call(verbs.streamSlowConsume, 200, sink));
    for (let n = 0; n < 10; n++) await sink.send(Buffer.from('abc'));
    await sink.close();
    await reply;
  }),
  'stream-server-closes-first': calls(async (peer) => {
    const { sink, source } = await produce(peer, 2n);
    await tellAll(peer, source);
    await pause(peer.clock, 300);
    await peer.close(sink);
  }),
  'stream-client-closes-first': calls(async (peer) => {
    const { sink, source } = await produce(peer, 3n);
    await peer.close(sink);
    await tellAll(peer, source);
  }),
  'stream-slow-reader': calls(async (peer) => {
    const { sink, source } = await produce(peer, 10n);
    await peer.close(sink);
    await pause(peer.clock, 500);
    await tellAll(peer, source);
  }),
  'stream-abort': calls(async (peer) => {
    const sink = await openSink(peer);
    await tellAll(peer, await peer.client.call(verbs.streamAbort, sink));
    await peer.close(sink);
    await pause(peer.clock, 100);
    await add(peer, 2, 3);
  }),
  'stream-client-stop': async (peer) => {
    const sink = await openSink(peer);
    const source = await peer.client.call(verbs.streamEcho, 42, sink);
    await sink.send(Buffer.from('one'));
    await source.read();
    const stopped = peer.client.close();
    await peer.tellRead(source);
    await peer.close(sink);
    await stopped;
  },
  'stream-unused': calls(async (peer) => peer.close(await openSink(peer))),
  'stream-unknown-verb': calls(async (peer) => {
    const sink = await openSink(peer);
    await peer.tell('call', peer.client.call(verbs.unknownStream, 1, sink));
    await peer.close(sink);
  }),
  'two-streams': calls(twoStreams),
};

/** A script that lets the connection rest before it is stopped. */
function calls(script: Script): Script {
  return async (peer) => {
    await script(peer);
    await peer.rest();
  };
}

function echo(peer: SeapeerClient, text: string): Promise<void> {
  return peer.tell('echo', peer.client.call(verbs.echo, text), (reply) => reply.length);
}

function add(peer: SeapeerClient, a: number, b: number): Promise<void> {
  return peer.tell('add', peer.client.call(verbs.add, a, b));
}

function fail(peer: SeapeerClient): Promise<void> {
  return peer.tell('fail', peer.client.call(verbs.fail, 'boom'));
}

function unknown(peer: SeapeerClient): Promise<void> {
  return peer.tell('unknown', peer.client.call(verbs.unknown, 'x'));
}

async function oneWay(peer: SeapeerClient): Promise<void> {
  await peer.tell('one_way', peer.client.call(verbs.oneWay, 'tick'));
  await peer.tell('count', peer.client.call(verbs.oneWayCount));
}

function openSink(peer: SeapeerClient): Promise<Sink<Blobs>> {
  return peer.client.makeStreamSink({ serializer: verbs.blobs });
}

async function streamEcho(peer: SeapeerClient, messages: readonly string[]): Promise<void> {
  const sink = await openSink(peer);
  peer.say(`stream id 0x${sink.id.toString(16)}`);
  const source = await peer.client.call(verbs.streamEcho, 42, sink);
  peer.say(`source id 0x${source.id.toString(16)}`);
  for (const message of messages) {
    await sink.send(Buffer.from(message));
    await peer.tellRead(source, { show: (echoed) => `echoed ${echoed.length} bytes` });
  }
  await peer.close(sink);
  await peer.tellRead(source, { end: 'after close' });
}

async function streamPair(peer: SeapeerClient): Promise<void> {
  const sink = await peer.client.makeStreamSink({ serializer: verbs.pairs });
  const source = await peer.client.call(verbs.streamPair, -5, sink);
  const messages: [number, bigint][] = [
    [1, 2n],
    [-1, -2n],
    [0x7fff_ffff, 0x100_0000_0000n],
  ];
  for (const message of messages) {
    await sink.send(...message);
    await peer.tellRead(source, { show: (text) => `pair: ${text}` });
  }
  await peer.close(sink);
  await peer.tellRead(source, { end: 'after close' });
}

async function produce(
  peer: SeapeerClient,
  count: bigint,
): Promise<{ sink: Sink<Blobs>; source: Source<Blobs> }> {
  const sink = await openSink(peer);
  return { sink, source: await peer.client.call(verbs.streamProduce, count, 4, sink) };
}

async function tellAll<T extends unknown[]>(peer: SeapeerClient, source: Source<T>): Promise<void> {
  while (await peer.tellRead(source));
}

async function twoStreams(peer: SeapeerClient): Promise<void> {
  const [first, second] = [await openSink(peer), await openSink(peer)];
  const echoes = [
    await peer.client.call(verbs.streamEcho, 1, first),
    await peer.client.call(verbs.streamEcho, 2, second),
  ] as const;
  await first.send(Buffer.from('first'));
  await echoes[0].read();
  await second.send(Buffer.from('second'));
  await echoes[1].read();
  await first.close();
  await echoes[0].read();
  await second.close();
  await echoes[1].read();
}
