import { outcomeOf } from './library.ts';
import type { Step } from './step.ts';

/**
 * The server is closed in the middle of a stream that goes both ways. It has to come last: there is
 * no connection afterwards.
 *
 * @param refusal - the outcome of a call while the server waits for the stream.
 */
export function drainSteps(refusal: unknown): Step[] {
  return [
    {
      title: 'ends its stream in order though the server is being closed, and gets nothing new',
      rows: ', B2-5',
      run: async ({ client, library, verbs }) => {
        const { packed, string } = library;
        const sink = await client.makeStreamSink({ serializer: packed(string) });
        const source = await client.call(verbs.leave, sink);
        await sink.send('one');
        const one = await source.read();
        const refused = await outcomeOf(client.call(verbs.echo, 'too late'));
        await sink.send('two');
        const two = await source.read();
        await sink.closeAndConfirm();
        return [one, refused, two, (await source.read()) ?? 'the end'];
      },
      expected: [['one'], refusal, ['two'], 'the end'],
    },
    {
      title: 'has no connection when the server has been closed',
      run: async ({ client }) => {
        while (client.state !== 'closed') await new Promise((resolve) => setImmediate(resolve));
        return client.state;
      },
      expected: 'closed',
    },
  ];
}
