import type { NodeProcess } from '../../../lib/simulation/world/node.ts';
import type { World } from '../../../lib/simulation/world/world.ts';
import type { Fault, Plan } from '../plan/plan.ts';
import { DAMAGED, HOSTILE } from './damaged-name.ts';
import { sendDamaged } from './damaged-client.ts';
import type { Struck } from './history.ts';
import type { PlanServers } from './plan-servers.ts';

/** What faults act on, besides the world. */
interface Victims {
  readonly plan: Plan;
  readonly servers: PlanServers;
  /** Lets a client leave with what is under way. */
  readonly leave: (fault: Fault & { readonly kind: 'leave' }) => Promise<void>;
  readonly onCrash: (running: NodeProcess) => void;
  readonly onStruck: (struck: Struck) => void;
}

/** Milliseconds that a hostile client stays. */
const HOSTILE_MS = 60_000;

/** Lets all faults happen, each at its time. Resolves when the last one is over. */
export async function breakThings(
  world: World,
  faults: readonly Fault[],
  victims: Victims,
): Promise<void> {
  await Promise.all(
    faults.map(async (fault, index) => {
      await world.sleep(fault.atMs);
      await happen(world, fault, index, victims);
    }),
  );
}

async function happen(world: World, fault: Fault, number: number, victims: Victims): Promise<void> {
  const { plan, servers, leave, onCrash } = victims;
  switch (fault.kind) {
    case 'cut':
      world.cut(fault.client, 'server');
      return;
    case 'cutOne':
    case 'silence':
      strike(world, fault, victims);
      return;
    case 'partition':
      world.partition(fault.client, 'server');
      await world.sleep(fault.forMs);
      world.heal(fault.client, 'server');
      return;
    case 'crash':
      await crash(world, fault, onCrash);
      return;
    case 'block':
      world.block(fault.node, fault.forMs);
      return;
    case 'jump':
      world.jump(fault.node, fault.byMs);
      return;
    case 'drain':
      tell(world, 'server', `drains for ${fault.graceMs} ms`);
      void servers.end(fault);
      return;
    case 'abort':
      tell(world, 'server', 'aborts');
      void servers.end({ graceMs: undefined, againMs: fault.againMs });
      return;
    case 'leave':
      // A process that has crashed does nothing more.
      if (world.processOf(fault.client).hasEnded) return;
      tell(world, fault.client, `leaves by ${fault.farewell}, in ${fault.graceMs} ms`);
      void leave(fault);
      return;
    case 'damage':
      sendDamaged(world, plan, `${DAMAGED}${number}`, fault.probability);
      return;
    case 'hostile':
      sendRubbish(world, `${HOSTILE}${number}`, Buffer.from(fault.bytes, 'hex'));
  }
}

/** Writes into the trace that a process is told to do something. */
function tell(world: World, node: string, text: string): void {
  world.processOf(node).note(text);
}

/** Something happens to one connection, and the trace tells which. */
function strike(
  world: World,
  fault: Fault & { readonly kind: 'cutOne' | 'silence' },
  { onStruck }: Victims,
): void {
  const { kind, index } = fault;
  const forMs = kind === 'silence' ? fault.forMs : 0;
  const { length } = world.trace.entries;
  const isThere =
    kind === 'silence' ? world.silence(index, fault.direction, forMs) : world.cutOne(index);
  const { peer: client = '', atMs } = world.trace.entries[length] ?? {};
  if (isThere && atMs !== undefined) onStruck({ client, atMs, toMs: atMs + forMs });
}

async function crash(
  world: World,
  { node, isMachine, forMs }: Fault & { readonly kind: 'crash' },
  onCrash: (running: NodeProcess) => void,
): Promise<void> {
  const running = world.processOf(node);
  if (running.hasEnded) return;
  world.crash(node, { kind: isMachine ? 'machine' : 'process' });
  onCrash(running);
  await world.sleep(forMs);
  if (world.processOf(node).hasEnded) world.restart(node);
}

function sendRubbish(world: World, name: string, bytes: Buffer): void {
  world.node(name, async (running) => {
    const { surroundings } = running;
    const endpoint = { host: 'server', port: 1, noDelay: true, keepAliveDelayMs: 0 };
    const socket = await surroundings.network.dial(endpoint, {}).catch(() => undefined);
    if (socket === undefined) return;
    const ignore = (): void => {};
    socket.attach({
      onData: ignore,
      onEnd: ignore,
      onDrain: ignore,
      onProgress: ignore,
      onClose: ignore,
    });
    socket.write([bytes]);
    await running.sleep(HOSTILE_MS);
    socket.destroy();
  });
}
