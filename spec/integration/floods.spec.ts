import { expect } from 'chai';

import {
  type Client,
  seastar,
  type Server,
  type Sink,
  type Source,
  verb,
} from '../../lib/index.ts';
import { drain, sendAll } from '../support/streams.ts';
import { turns } from '../support/turns.ts';
import { WatchedTransport } from '../support/watched-transport.ts';
import { memoryPair, type PairOptions, withServer } from '../support/with-server.ts';

type Numbers = [number];

const CONSUME = verb<(input: Source<Numbers>) => void>(1);
/** Its handler takes the stream and reads nothing. */
const HOLD = verb<(input: Source<Numbers>) => void>(3);
/** Its handler ends its own direction at once, and reads. */
const HALF = verb<(input: Source<Numbers>) => Sink<Numbers>>(4);
const MIRROR = verb<(input: Source<Numbers>) => Sink<Numbers>>(2);

/** What is allowed in the window of ten seconds. */
const ALLOWED = 10;
const LIMIT: PairOptions['server'] = { brokenStreamsPerSecond: ALLOWED / 10 };

/** Serves the verbs; `ends` are those of the sources that the server got. */
function serve(server: Server): { readonly ends: readonly Promise<unknown>[] } {
  const ends: Promise<unknown>[] = [];
  server.handle(CONSUME, (context, input) => {
    const end = drain(input).catch((error: unknown) => error);
    ends.push(end);
    context.background(() => end.then(() => {}));
  });
  server.handle(HOLD, (_context, input) => {
    ends.push(input.ended);
  });
  server.handle(HALF, async (context, input) => {
    const output = input.makeSink<Numbers>();
    context.background(() =>
      drain(input).then(
        () => {},
        () => {},
      ),
    );
    await output.close();
    return output;
  });
  server.handle(MIRROR, (context, input) => {
    const output = input.makeSink<Numbers>();
    context.background(async () => {
      await sendAll(output, await drain(input));
    });
    return output;
  });
  return { ends };
}

const ORDERLY: Readonly<Record<string, (client: Client) => Promise<void>>> = {
  'one way': async (client) => {
    const sink = await client.makeStreamSink<Numbers>();
    await client.call(CONSUME, sink);
    await sink.send(1);
    await sink.close();
  },
  'one way, closed before it is named': async (client) => {
    const sink = await client.makeStreamSink<Numbers>();
    await sendAll(sink, [[1], [2]]);
    await client.call(CONSUME, sink);
  },
  'one way, confirmed': async (client) => {
    const sink = await client.makeStreamSink<Numbers>();
    await client.call(CONSUME, sink);
    await sink.send(1);
    await sink.closeAndConfirm();
  },
  'one way, without a message': async (client) => {
    const sink = await client.makeStreamSink<Numbers>();
    await client.call(CONSUME, sink);
    await sink.close();
  },
  'both ways': async (client) => {
    const sink = await client.makeStreamSink<Numbers>();
    const source = await client.call(MIRROR, sink);
    await sendAll(sink, [[1], [2]]);
    expect(await drain(source)).to.deep.equal([[1], [2]]);
  },
};

const WHY = new Error('changed my mind');

type BreakOff = (client: Client, resetLast: () => void) => Promise<void>;

const BROKEN_OFF: Readonly<Record<string, BreakOff>> = {
  'before anything came': async (client) => {
    const sink = await client.makeStreamSink<Numbers>();
    await client.call(CONSUME, sink);
    sink.abort(WHY);
  },
  'after a message': async (client) => {
    const sink = await client.makeStreamSink<Numbers>();
    await client.call(CONSUME, sink);
    await sink.send(1);
    await sink.flush();
    sink.abort(WHY);
  },
  'by a reset before anything came': async (client, resetLast) => {
    await client.call(CONSUME, await client.makeStreamSink<Numbers>());
    resetLast();
  },
  'by a reset before the handler reads': async (client, resetLast) => {
    const sink = await client.makeStreamSink<Numbers>();
    await client.call(HOLD, sink);
    await sink.send(1);
    await sink.flush();
    resetLast();
  },
  'by a reset, when the other direction has ended': async (client, resetLast) => {
    const source = await client.call(HALF, await client.makeStreamSink<Numbers>());
    await drain(source);
    resetLast();
  },
  'both ways': async (client) => {
    const sink = await client.makeStreamSink<Numbers>();
    const source = await client.call(MIRROR, sink);
    sink.abort(WHY);
    source.cancel(WHY);
  },
};

const PEERS: Readonly<Record<string, PairOptions>> = {
  'two of us': { server: LIMIT },
  'a client like Seastar': { server: LIMIT, client: seastar.client },
  'a server like Seastar': { server: { ...seastar.server, ...LIMIT } },
};

describe('integration/floods', () => {
  it('E1-floods lets 3,000 short streams pass one after the other', async () => {
    // Its window of ten seconds never ends.
    await withServer(memoryPair(), async ({ server, client }) => {
      const { ends } = serve(server);
      for (let count = 0; count < 3_000; count++) {
        await ORDERLY['one way']!(client);
        await ends.at(-1);
      }
      await turns(100);
      expect(ends).to.have.length(3_000);
      expect(client.state).to.equal('connected');
      expect(await ends.at(-1)).to.deep.equal([[1]]);
    });
  });

  for (const [peers, options] of Object.entries(PEERS)) {
    for (const [what, run] of Object.entries(ORDERLY)) {
      it(`E1-floods does not count streams that end in order: ${what}, ${peers}`, async () => {
        const memory = memoryPair();
        await withServer({ ...options, both: memory.both }, async ({ server, client }) => {
          serve(server);
          for (let count = 0; count < 5 * ALLOWED; count++) await run(client);
          await turns(100);
          expect(client.state).to.equal('connected');
        });
      });
    }
  }

  for (const [what, breakOff] of Object.entries(BROKEN_OFF)) {
    for (const extension of [true, false]) {
      it(`E1-floods counts each stream once that is broken off, and closes a connection with too many: ${what}, ${extension ? 'with' : 'without'} the extension`, async () => {
        const { both } = memoryPair();
        const network = new WatchedTransport(both.network);
        const options = { both: { ...both, extension }, server: LIMIT, client: { network } };
        await withServer(options, async ({ server, client }) => {
          serve(server);
          const breakOne = async (): Promise<void> => {
            await breakOff(client, () => network.sockets.at(-1)!.reset());
            await turns(50);
          };
          for (let count = 0; count < ALLOWED; count++) await breakOne();
          expect(client.state).to.equal('connected');
          await breakOne();
          expect(client.state).not.to.equal('connected');
        });
      });
    }
  }

  it('E1-floods counts streams that no call names in time', async () => {
    const { clock, both } = memoryPair();
    await withServer({ both, server: LIMIT }, async ({ server, client }) => {
      serve(server);
      const open = async (count: number): Promise<void> => {
        for (let opened = 0; opened < count; opened++) {
          // A closed socket is only forgotten when its time to be named is over.
          (await client.makeStreamSink<Numbers>()).abort(WHY);
        }
        await turns(50);
        clock.advance(30_000);
        await turns(50);
      };
      await open(ALLOWED);
      expect(client.state).to.equal('connected');
      await open(ALLOWED + 1);
      expect(client.state).not.to.equal('connected');
    });
  });
});
