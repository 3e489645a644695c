import { crc32 } from 'node:zlib';

import type { Clock } from '../../lib/transport.ts';
import {
  type CompressorFactory,
  lz4,
  lz4Fragmented,
  multiCompressor,
} from '../../lib/compression.ts';
import {
  type HandlerContext,
  listen,
  type Server,
  type ServerOptions,
  type Sink,
  type Source,
  StreamClosedError,
} from '../../lib/index.ts';
import * as verbs from './seapeer-verbs.ts';

/** How long `streamAbort` waits between its messages and the abort. */
const ABORT_DELAY_MS = 200;

const COMPRESSIONS: Readonly<Record<string, () => CompressorFactory>> = {
  lz4: () => lz4(),
  lz4_fragmented: () => lz4Fragmented(),
  multi: () => multiCompressor(lz4Fragmented(), lz4()),
};

/**
 * A server with the verbs of the captured `seapeer`, on a free port of 127.0.0.1.
 *
 * @param flags - those that it was started with: `--no-streaming`, `--compress NAME`.
 * @param options - beside what the flags say; handlers wait by the same `clock`.
 */
export async function listenAsSeapeer(
  flags: readonly string[],
  options: Partial<ServerOptions> & { readonly clock: Clock },
): Promise<Server> {
  const server = await listen({
    host: '127.0.0.1',
    port: 0,
    streaming: !flags.includes('--no-streaming'),
    compression: compressionOf(flags),
    errorText,
    ...options,
  });
  handleCalls(server, options.clock);
  handleProducers(server, options.clock);
  handleConsumers(server, options.clock);
  return server;
}

/** The compression that `--compress` names. */
export function compressionOf(flags: readonly string[]): CompressorFactory | undefined {
  const name = valueOf(flags, '--compress');
  return name === undefined ? undefined : COMPRESSIONS[name]?.();
}

/** What follows a flag. */
export function valueOf(flags: readonly string[], flag: string): string | undefined {
  const at = flags.indexOf(flag);
  return at === -1 ? undefined : flags[at + 1];
}

/** Resolves after so many milliseconds. */
export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimeout(resolve, ms));
}

/** A failure as Seastar prints it: the type of the exception, then its text. */
function errorText(error: unknown): string {
  if (error instanceof StreamClosedError) {
    return 'seastar::rpc::stream_closed (rpc stream was closed by peer)';
  }
  return `std::runtime_error (${error instanceof Error ? error.message : String(error)})`;
}

function handleCalls(server: Server, clock: Clock): void {
  let oneWayCalls = 0n;
  server.handle(verbs.echo, (_, text) => text);
  server.handle(verbs.add, (_, a, b) => a + b);
  server.handle(verbs.fail, (_, text) => {
    throw new Error(text);
  });
  server.handle(verbs.sleep, (_, ms) => pause(clock, ms));
  server.handle(verbs.oneWay, () => {
    oneWayCalls++;
  });
  server.handle(verbs.oneWayCount, () => oneWayCalls);
}

function handleProducers(server: Server, clock: Clock): void {
  server.handle(verbs.streamEcho, (context, _, input) => {
    const output = input.makeSink({ serializer: verbs.blobs });
    return pump(context, output, async () => {
      for await (const [message] of input) await output.send(message);
    });
  });
  server.handle(verbs.streamPair, (context, _, input) => {
    const output = input.makeSink({ serializer: verbs.texts });
    return pump(context, output, async () => {
      for await (const [a, b] of input) await output.send(`${a}:${b}`);
    });
  });
  server.handle(verbs.streamProduce, (context, count, size, input) => {
    const output = input.makeSink({ serializer: verbs.blobs });
    context.background(() => readToEnd(input));
    return pump(context, output, async () => {
      for (let n = 0; n < Number(count); n++) await output.send(Buffer.alloc(size, n));
    });
  });
  server.handle(verbs.streamAbort, (context, input) => {
    const output = input.makeSink({ serializer: verbs.texts });
    context.background(async () => {
      for (let n = 0; n < 3; n++) await output.send(`message ${n}`);
      await pause(clock, ABORT_DELAY_MS);
      output.abort(new Error('the verb says so'));
    });
    return output;
  });
}

function handleConsumers(server: Server, clock: Clock): void {
  server.handle(verbs.streamConsume, async (_, input) => {
    const messages = await readToEnd(input);
    const all = Buffer.concat(messages);
    return `${messages.length},${all.length},${crc32(all)}`;
  });
  server.handle(verbs.streamSlowConsume, async (_, ms, input) => {
    const messages = await readToEnd(input, () => pause(clock, ms));
    return `${messages.length},${Buffer.concat(messages).length}`;
  });
}

/** Runs `produce` behind the handler's back and ends the sink behind it. */
function pump<T extends unknown[]>(
  context: HandlerContext,
  output: Sink<T>,
  produce: () => Promise<void>,
): Sink<T> {
  context.background(async () => {
    await produce();
    await output.close();
  });
  return output;
}

/** All messages up to the end of stream, each read when `turn` has come. */
async function readToEnd(
  input: Source<[Uint8Array]>,
  turn: () => Promise<void> | undefined = () => undefined,
): Promise<Uint8Array[]> {
  const messages: Uint8Array[] = [];
  for (;;) {
    await turn();
    const message = await input.read();
    if (message === undefined) return messages;
    messages.push(message[0]);
  }
}
