import { expect } from 'chai';

import { CanceledError, ClosedError, type Source, verb } from '../../lib/index.ts';
import { simulate } from '../../lib/simulation.ts';

const TAKE = verb<(numbers: Source<[number]>) => void>(1);
const LATENCY_MS = 10;

/** What becomes of a call whose handler reads three messages, which are all sent at once. */
interface Fate {
  /** Whether the handler goes on reading behind its reply. */
  readonly repliesAtOnce?: boolean;
  /** When all connections are lost, behind the beginning of the call. */
  readonly cutMs: number;
  /** When the caller gives up. Default: never. */
  readonly giveUpMs?: number;
}

/** What the handler gets, and the error of its caller, who has closed the sink meanwhile. */
async function outcomeOf({
  repliesAtOnce = false,
  cutMs,
  giveUpMs,
}: Fate): Promise<{ got: number[]; failure: unknown }> {
  const got: number[] = [];
  let failure: unknown;
  await simulate(1, async (world) => {
    world.setPath({ latencyMs: LATENCY_MS });
    let read: Promise<void> | undefined;
    const server = world.node('server', async (running) => {
      const listening = await running.listen({ port: 1 });
      listening.handle(TAKE, async (_context, source) => {
        read = (async () => {
          for await (const [number] of source) {
            got.push(number);
            await running.sleep(2 * LATENCY_MS);
          }
        })();
        if (!repliesAtOnce) await read;
      });
    });
    await server.finished;
    const client = world.node('client', async (running) => {
      const connected = await running.connect({ host: 'server', port: 1 });
      const sink = await connected.makeStreamSink<[number]>({ resumable: true });
      const giveUp = new AbortController();
      const { signal } = giveUp;
      const called = connected
        .with({ signal })
        .call(TAKE, sink)
        .catch((error: unknown) => (failure = error));
      void running.sleep(cutMs).then(() => world.cut('client', 'server'));
      if (giveUpMs !== undefined) void running.sleep(giveUpMs).then(() => giveUp.abort('enough'));
      for (const number of [0, 1, 2]) await sink.send(number);
      await Promise.all([called, sink.closeAndConfirm()]);
      await connected.close();
    });
    await client.finished;
    await read;
  });
  return { got, failure };
}

describe('a resumable stream of a verb whose call has lost its reply', () => {
  it('L10 goes on to the handler, with all that was sent before its sink was closed', async () => {
    // The reply is on its way then.
    const { got, failure } = await outcomeOf({ repliesAtOnce: true, cutMs: 1.5 * LATENCY_MS });
    expect(failure).to.be.instanceOf(ClosedError);
    expect(failure).to.have.property('mayHaveRun', true);
    expect(got).to.deep.equal([0, 1, 2]);
  });

  // The handler has no more than the call, or reads.
  for (const cutMs of [1.2 * LATENCY_MS, 3 * LATENCY_MS]) {
    it(`L10 goes on to a handler whose caller gives up while it is away, cut ${cutMs} ms behind the call`, async () => {
      const { got, failure } = await outcomeOf({ cutMs, giveUpMs: cutMs + 1 });
      expect(failure).to.be.instanceOf(CanceledError);
      expect(got).to.deep.equal([0, 1, 2]);
    });
  }
});
