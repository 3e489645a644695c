import { createClient, type Client } from '../../../lib/api/client.ts';
import { listen, type Server } from '../../../lib/api/server.ts';
import { type CompressorFactory, lz4 } from '../../../lib/compression.ts';
import type { Limits } from '../../../lib/settings/limits.ts';
import type { NodeProcess } from '../../../lib/simulation/world/node.ts';
import { type ClientPlan, NEWEST_VERSION, type Plan, type Version } from '../plan/plan.ts';
import type { CountedClock } from './counted-clock.ts';
import { isLent } from './lent-items.ts';
import { tamperedNetwork, type Tamper } from './tampered-network.ts';
import { toVersion } from './tampers.ts';

/** The server of a plan. */
export function makeServer(plan: Plan, running: NodeProcess, clock: CountedClock): Promise<Server> {
  const { maxConcurrentCalls, callsPerSecond, maxInFlight, maxMemoryBytes } = plan.server;
  const { sessionKeepMs, sessionReplyBytes } = plan.server;
  const governance = {
    ...(maxConcurrentCalls > 0 && { maxConcurrentCalls }),
    ...(callsPerSecond > 0 && { callsPerSecond }),
  };
  return listen({
    port: 1,
    compression: compressionOf(plan),
    limits: serverLimits(plan),
    governance,
    sessionKeepMs,
    sessionReplyBytes,
    poisonBorrowed: isLent(plan),
    resources: {
      ...(maxInFlight > 0 && { maxInFlight }),
      ...(maxMemoryBytes > 0 && { maxMemoryBytes }),
    },
    ...running.surroundings,
    clock,
  });
}

/** Only a client opens connections of streams, and keeps them. */
function serverLimits({ limits, server }: Plan): Partial<Limits> {
  const { maxHandshakes: _, maxParked: __, maxChildren: ___, ...others } = limits;
  return { ...others, ...(server.leaseMs !== undefined && { promiseLeaseMs: server.leaseMs }) };
}

/** A client of a plan. */
export function makeClient(
  plan: Plan,
  own: Pick<ClientPlan, 'name' | 'version' | 'server' | 'reconnect'>,
  running: NodeProcess,
  clock: CountedClock,
  makeTamper: (() => Tamper) | undefined = isOld(own.version)
    ? () => toVersion(own.version)
    : undefined,
): Client {
  const { name, version, server, reconnect = false } = own;
  const { surroundings } = running;
  return createClient({
    host: server ?? 'server',
    port: 1,
    name,
    extension: version > 0,
    compression: compressionOf(plan),
    limits: plan.limits,
    poisonBorrowed: isLent(plan),
    reconnect,
    ...surroundings,
    clock,
    ...(makeTamper !== undefined && { network: tamperedNetwork(surroundings.network, makeTamper) }),
  });
}

/** A client without the extension names no version. */
function isOld(version: Version): boolean {
  return version > 0 && version < NEWEST_VERSION;
}

function compressionOf({ server }: Plan): CompressorFactory | undefined {
  return server.isCompressing ? lz4() : undefined;
}
