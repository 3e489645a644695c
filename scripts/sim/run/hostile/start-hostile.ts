import type { NodeProcess } from '../../../../lib/simulation/world/node.ts';
import type { World } from '../../../../lib/simulation/world/world.ts';
import type { HostileClient, HostilePeer, HostileServer } from '../../plan/hostile.ts';
import type { Plan } from '../../plan/plan.ts';
import { Caller } from '../caller.ts';
import { HOSTILE } from '../damaged-name.ts';
import type { SeenBurst } from '../history.ts';
import type { Recorder } from '../recorder.ts';
import { HostileCaller } from './hostile-client.ts';
import { HostileListener } from './hostile-server.ts';

/** Milliseconds after which a caller of a hostile server leaves, whatever it still waits for. */
const CALLER_STAYS_MS = 100_000;
/** After its caller has left, a hostile server stays for this time. */
const SERVER_STAYS_MS = 100_000;

/** Learns what hostile peers lead to. */
interface Watch {
  readonly recorder: Recorder;
  /** The honest client of a hostile server runs. */
  readonly onCaller: (running: NodeProcess, caller: Caller) => void;
  readonly onBurst: (burst: SeenBurst) => void;
}

/** Starts the hostile peers of a plan, each at its time. Resolves when all of them have gone. */
export async function startHostile(world: World, plan: Plan, watch: Watch): Promise<void> {
  const peers = plan.hostile ?? [];
  await Promise.all(
    peers.map(async (peer, index) => {
      await world.sleep(peer.atMs);
      await runPeer(world, plan, peer, `${HOSTILE}Peer${index}`, watch);
    }),
  );
}

function runPeer(
  world: World,
  plan: Plan,
  peer: HostilePeer,
  name: string,
  watch: Watch,
): Promise<void> {
  if (peer.kind === 'client') return runClient(world, plan, peer, name, watch);
  return runServer(world, plan, peer, name, watch);
}

function runClient(
  world: World,
  { network }: Plan,
  peer: HostileClient,
  name: string,
  { onBurst }: Watch,
): Promise<void> {
  const { latencyMs } = network;
  const now = (): number => world.clock.now();
  const running = world.node(name, (process) =>
    new HostileCaller(process, peer, now, onBurst).run(),
  );
  // Its program begins in a later turn.
  world.setPath({ latencyMs, bufferBytes: peer.bufferBytes }, [name, 'server']);
  return running.finished;
}

async function runServer(
  world: World,
  plan: Plan,
  peer: HostileServer,
  name: string,
  { recorder, onCaller }: Watch,
): Promise<void> {
  let listener: HostileListener | undefined;
  const server = world.node(name, async (process) => {
    listener = new HostileListener(process, peer);
    await listener.listen();
  });
  await server.finished;
  const { latencyMs } = plan.network;
  const own = { ...peer.caller, server: name };
  const client = world.node(own.name, async (process) => {
    const caller = new Caller(process, plan, own, recorder, () => {});
    onCaller(process, caller);
    await Promise.race([caller.run(), process.sleep(CALLER_STAYS_MS)]);
    await caller.end();
  });
  world.setPath({ latencyMs }, [name, own.name]);
  await client.finished;
  await world.sleep(SERVER_STAYS_MS);
  listener?.destroy();
}
