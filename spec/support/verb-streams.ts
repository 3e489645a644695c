import { setImmediate as turn } from 'node:timers/promises';

import {
  type Client,
  type Server,
  type Sink,
  type Source,
  verb,
  type Verb,
} from '../../lib/index.ts';
import type { MakeSinkOptions } from '../../lib/api/client.ts';

/** Gives each text back, with a mark. */
export const ECHO: Verb<(texts: Source<[string]>) => Sink<[string]>> = verb(0x57_0020);

/** The resumable streams of a test, which are echoed. */
export type StreamTerms = MakeSinkOptions<[string]>['resumable'];

/** Lets a server echo streams. */
export function serveEcho(server: Server, terms?: StreamTerms): void {
  server.handle(ECHO, (context, texts) => {
    const sink = texts.makeSink<[string]>(terms === undefined ? {} : { resumable: terms });
    context.background(async () => {
      for await (const [text] of texts) await sink.send(`${text}!`);
      await sink.closeAndConfirm();
    });
    return sink;
  });
}

/** Sends the texts, each in a turn of its own, and returns what comes back when all is confirmed. */
export async function echo(
  client: Client,
  texts: readonly string[],
  options: MakeSinkOptions<[string]> = { resumable: true },
): Promise<string[]> {
  const sink = await client.makeStreamSink<[string]>(options);
  const back = await client.call(ECHO, sink);
  const echoed: string[] = [];
  const reading = (async () => {
    for await (const [text] of back) echoed.push(text);
  })();
  for (const text of texts) {
    await sink.send(text);
    await turn();
  }
  await sink.closeAndConfirm();
  await reading;
  return echoed;
}
