/** A program on the published package, as strict as TypeScript gets. It runs and exits by itself. */
export const CONSUMER = `\
import { deepEqual } from 'node:assert/strict';
import { connect, isRpcError, listen, verb } from 'sluice';
import type { Sink, Source } from 'sluice';
import { i32, packed, sinkOf, sourceOf, string } from 'sluice/layout';
import { advance, createTestPair } from 'sluice/testing';

const greet = verb<(name: string) => string>(1);
const label = verb(2, { args: packed(string, sourceOf(i32)), result: packed(sinkOf(string)) });

const server = await listen({ host: '127.0.0.1', port: 0 });
server.handle(greet, (_context, name) => \`Hello, \${name}!\`);
server.handle(label, (context, prefix, numbers) => {
  const labels = numbers.makeSink({ serializer: packed(string) });
  context.background(() => copy(prefix, numbers, labels));
  return labels;
});

async function copy(prefix: string, from: Source<[number]>, to: Sink<[string]>): Promise<void> {
  for await (const [item] of from) await to.send(prefix + item);
  await to.close();
}

const client = await connect({ host: '127.0.0.1', port: server.address.port });
deepEqual(await client.call(greet, 'Ada'), 'Hello, Ada!');

const sink = await client.makeStreamSink({ serializer: packed(i32) });
const labels: Source<[string]> = await client.call(label, 'no. ', sink);
for (const number of [1, 2, 3]) await sink.send(number);
await sink.closeAndConfirm();
const received: string[] = [];
for await (const [text] of labels) received.push(text);
deepEqual(received, ['no. 1', 'no. 2', 'no. 3']);

const error: unknown = await client.call(verb<() => void>(3)).catch((reason: unknown) => reason);
deepEqual(isRpcError(error) && error.code, 'ERR_UNKNOWN_VERB');

await client.close();
await server.close();

const pair = await createTestPair({ latencyMs: 50 });
pair.server.handle(greet, (_context, name) => \`Hello again, \${name}!\`);
const greeting = pair.client.call(greet, 'Ada');
await advance(pair.clock, 100);
deepEqual(await greeting, 'Hello again, Ada!');
await pair[Symbol.asyncDispose]();
`;

/** Checks the declarations of the package too. */
export const CONSUMER_TSCONFIG: string = JSON.stringify({
  compilerOptions: {
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
  },
  files: ['consumer.ts'],
});
