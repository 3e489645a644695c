import { expect } from 'chai';

import { ManualClock } from '../../lib/testing.ts';
import { seastar } from '../../lib/index.ts';
import { SeapeerClient } from '../support/seapeer-client.ts';
import type { Production } from './deviation.ts';
import { RawListener } from './raw-socket.ts';
import { Replay } from './replay.ts';
import { scriptOf } from './script.ts';
import { TappedTransport } from './tapped-transport.ts';
import { judge } from './verdict.ts';

/**
 * Replays a conversation with our client in the place of Seastar's, running the same script: a raw
 * server sends what Seastar's server sent, and what our client sends and prints is compared.
 */
export async function replayClient(production: Production): Promise<void> {
  const { conversation, preset, cuts } = production;
  const script = scriptOf(production);
  const listener = await RawListener.start();
  const tap = new TappedTransport(cuts === 'captured cuts' ? Infinity : 1);
  const clock = new ManualClock();
  const peer = new SeapeerClient(conversation.clientFlags ?? [], {
    ...(preset === 'seastar' && seastar.client),
    port: listener.port,
    network: tap,
    clock,
  });
  const replay = new Replay({
    steps: script.steps,
    connections: conversation.connections,
    ours: 'c2s',
    tap,
    clock,
    sockets: listener.sockets,
  });
  const played = peer.run(conversation.script ?? '');
  played.catch(() => {}); // Awaited below, when all else is known.
  try {
    await replay.run();
    judge(script, replay, listener.sockets);
    expect(peer.output, 'the client said').to.deep.equal(script.output);
    expect(peer.isDone, 'the script is through').to.equal(true);
    await played;
  } finally {
    await peer.client.abort();
    await listener.close();
  }
}
