import {
  type Client,
  type Server,
  type Sink,
  type Source,
  type Verb,
  verb,
} from '../../lib/index.ts';

/** A verb that gives its argument back. */
export const ECHO: Verb<(text: string) => string> = verb(1);
/** A verb whose handler fails. */
export const FAIL: Verb<() => void> = verb(2);
/** A verb that gives each message of a stream back on its other direction. */
export const MIRROR: Verb<(input: Source<[number, string]>) => Sink<[number, string]>> = verb(3);
/** A verb that is served by nobody. */
export const MISSING: Verb<() => void> = verb(4);

/** The messages of the stream in a session. */
export const SESSION_MESSAGES: readonly [number, string][] = [
  [0, ''],
  [1, 'one'],
  [2, 'two'.repeat(20)],
];

/** How the server's handlers saw the streams end: `end after 3`, or `error after 1`. */
export type StreamEnds = string[];

/** Serves the verbs of a session. */
export function serveSession(server: Server): StreamEnds {
  const ends: StreamEnds = [];
  server.handle(ECHO, (_context, text) => text);
  server.handle(FAIL, () => {
    throw new Error('as asked');
  });
  server.handle(MIRROR, (context, input) => {
    const output = input.makeSink<[number, string]>();
    context.background(() => mirror(input, output, ends));
    return output;
  });
  return ends;
}

async function mirror(
  input: Source<[number, string]>,
  output: Sink<[number, string]>,
  ends: StreamEnds,
): Promise<void> {
  let count = 0;
  try {
    for await (const message of input) {
      count++;
      await output.send(...message);
    }
    ends.push(`end after ${count}`);
    await output.close();
  } catch (error) {
    ends.push(`error after ${count}`);
    output.abort(error);
  }
}

/** How the parts of a session ended: a value as JSON, or an error by name. */
export interface SessionResult {
  readonly calls: readonly string[];
  /** The messages that came back, then `end` or the error's name. */
  readonly stream: readonly string[];
}

/** What a session ends like when nothing goes wrong. */
export const GOOD_SESSION: SessionResult = {
  calls: ['"a"', `"${'b'.repeat(40)}"`, 'RemoteError', 'UnknownVerbError'],
  stream: [...SESSION_MESSAGES.map((message) => JSON.stringify(message)), 'end'],
};

/** Calls of each kind, and a stream in both directions; settles however they end. */
export async function runSession(client: Client): Promise<SessionResult> {
  const calls = [
    client.call(ECHO, 'a'),
    client.call(ECHO, 'b'.repeat(40)),
    client.call(FAIL),
    client.call(MISSING),
  ].map((call) =>
    call.then(
      (value) => JSON.stringify(value),
      (error: unknown) => nameOf(error),
    ),
  );
  const stream = runStream(client);
  return { calls: await Promise.all(calls), stream: await stream };
}

async function runStream(client: Client): Promise<string[]> {
  const seen: string[] = [];
  let sink: Sink<[number, string]> | undefined;
  try {
    sink = await client.makeStreamSink<[number, string]>();
    const source = await client.call(MIRROR, sink);
    for (const message of SESSION_MESSAGES) await sink.send(...message);
    await sink.close();
    for await (const message of source) seen.push(JSON.stringify(message));
    seen.push('end');
  } catch (error) {
    sink?.abort(error);
    seen.push(nameOf(error));
  }
  return seen;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}
