import { connect, listen } from '../../lib/index.ts';
import { ManualClock, MemoryTransport } from '../../lib/testing.ts';
import type { RecordedConversation } from './extension-vectors.ts';
import { Recorder } from './recorder.ts';
import { clientRandom, type Scenario, serverRandom } from './scenario.ts';

const PLACE = Object.freeze({ host: '127.0.0.1', port: 7070 });

/**
 * Plays a scenario between a client and a server of ours in memory and writes down what passes. The
 * clock stands still and chance counts, so that it is the same each time.
 */
export async function recordScenario(scenario: Scenario): Promise<RecordedConversation> {
  const clock = new ManualClock();
  const network = new Recorder(new MemoryTransport({ clock }), clock);
  const common = { ...PLACE, network, clock };
  const server = await listen({ ...common, random: serverRandom() });
  scenario.serve(server);
  const client = await connect({
    reconnect: false,
    ...scenario.client,
    ...common,
    random: clientRandom(),
  });
  const outcome = await scenario.run(client);
  await client.close();
  await server.close();
  const { name, description } = scenario;
  return { name, description, outcome, connections: network.connections };
}
