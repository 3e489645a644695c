import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { resolve } from 'node:path';

import type { Pinning } from '../support/environment.ts';

const PEERS_FOLDER = 'bench/peers';

/** A package that both the library and the floor use. */
const SHARED_PACKAGES = ['bson', 'lz4-napi'];

/** What figures depend on, beside the code that is measured. */
export interface Environment {
  /** When the figures were taken: an ISO date with its time. */
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** The operating system and its version. */
  readonly kernel: string;
  /** As Node says it: `v20.20.2`. */
  readonly node: string;
  /** The cores that server and client were pinned to; null where they were not. */
  readonly pinning: Pinning | null;
  /** The versions of sluice and of all that it was measured beside, by name. */
  readonly packages: Readonly<Record<string, string>>;
}

/** Describes this machine, and what is installed in the project's folder, which has to be the current one. */
export function readEnvironment(pinning: Pinning | undefined, date: Date): Environment {
  return {
    date: date.toISOString(),
    processor: cpus()[0]?.model.trim() ?? 'an unknown processor',
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: `${type()} ${release()}`,
    node: process.version,
    pinning: pinning ?? null,
    packages: readVersions(),
  };
}

function readVersions(): Record<string, string> {
  const versions: Record<string, string> = { sluice: readManifest('.').version ?? '' };
  const installed = [
    ...SHARED_PACKAGES.map((name) => [name, `node_modules/${name}`] as const),
    ...peerNames().map((name) => [name, `${PEERS_FOLDER}/node_modules/${name}`] as const),
  ];
  for (const [name, folder] of installed) {
    const { version } = readManifest(folder);
    if (version !== undefined) versions[name] = version;
  }
  const broker = spawnSync('nats-server', ['--version'], { encoding: 'utf8' });
  const brokerVersion = /[\d.]+/.exec(broker.stdout ?? '')?.[0];
  if (brokerVersion !== undefined) versions['nats-server'] = brokerVersion;
  return versions;
}

function peerNames(): string[] {
  return Object.keys(readManifest(PEERS_FOLDER).dependencies ?? {});
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Empty where a package is not installed. */
function readManifest(folder: string): Manifest {
  try {
    // npm sees to it that it is one.
    return JSON.parse(readFileSync(resolve(folder, 'package.json'), 'utf8')) as Manifest;
  } catch {
    return {};
  }
}
