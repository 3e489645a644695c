import { expect } from 'chai';

import { createClient } from '../../../lib/api/client.ts';
import { EXTENSION_VERSION } from '../../../lib/connection/handshake/capabilities.ts';
import type { NodeProcess } from '../../../lib/simulation/world/node.ts';
import { simulate } from '../../../lib/simulation/world/simulate.ts';
import { WorldError } from '../../../lib/simulation/world/world-error.ts';
import { judge } from '../../../scripts/sim/model/judge.ts';
import { drawPlan } from '../../../scripts/sim/plan/draw.ts';
import {
  type ClientPlan,
  NEWEST_VERSION,
  type Plan,
  SERVICES_VERSION,
  type Version,
} from '../../../scripts/sim/plan/plan.ts';
import { runPlan } from '../../../scripts/sim/run/run-plan.ts';
import { tamperedNetwork } from '../../../scripts/sim/run/tampered-network.ts';
import { toVersion } from '../../../scripts/sim/run/tampers.ts';
import { planWith } from '../../worlds/support/hostile-plans.ts';

const VERSIONS: readonly Version[] = [0, 1, 2, 3];

/** The plan with clients of a version, which do all that it has. */
function planOf(version: Version): Plan {
  const plan = planWith();
  const [client] = plan.clients as [ClientPlan];
  const { operations } = client;
  const verbs = operations.filter(({ kind }) => kind === 'verbUp' || kind === 'verbDown');
  const own = version < SERVICES_VERSION ? verbs : operations;
  return { ...plan, clients: [{ ...client, version, operations: own }] };
}

/** The version that the bytes name which begin a direction of a connection; 0 for none. */
function versionIn(bytes: Buffer): number {
  const place = bytes.indexOf(Buffer.from('107600', 'hex'));
  return place === -1 ? 0 : bytes.readInt32LE(place + 3);
}

/** The versions that clients have named on the wire, one for each connection. */
async function versionsOf(plan: Plan): Promise<number[]> {
  const { history, trace } = await runPlan(plan);
  expect(judge(plan, history)).to.deep.equal([]);
  const sent = trace.entries.filter(({ kind, node }) => kind === 'sent' && node === 'client1');
  const beginnings = sent.flatMap(({ bytes }) =>
    bytes?.toString('latin1', 0, 8) === 'SSTARRPC' ? bytes : [],
  );
  return beginnings.map(versionIn);
}

/** The first frame of a direction with this in it, in two parts. */
function passed(rest: string, cut: number): Buffer {
  const records = Buffer.from(rest, 'hex');
  const header = Buffer.alloc(12, 'SSTARRPC');
  header.writeUInt32LE(records.length, 8);
  const frame = Buffer.concat([header, records]);
  const { out } = toVersion(1);
  return Buffer.concat([out(frame.subarray(0, cut)), out(frame.subarray(cut))]);
}

describe('clients of simulated worlds', () => {
  for (const version of VERSIONS) {
    it(`speak version ${version} of the extension on every connection if they are to`, async () => {
      const named = await versionsOf(planOf(version));
      expect(named.length, 'connections').to.be.greaterThan(1);
      expect(new Set(named)).to.deep.equal(new Set([version]));
    });
  }

  it('are drawn of all versions, up to that of the library', () => {
    expect(NEWEST_VERSION).to.equal(EXTENSION_VERSION);
    expect(VERSIONS.at(-1)).to.equal(EXTENSION_VERSION);
    const drawn = Array.from({ length: 200 }, (_, seed) => drawPlan(seed).clients).flat();
    expect(new Set(drawn.map(({ version }) => version))).to.deep.equal(new Set(VERSIONS));
  });

  it('name the older version wherever the network cuts their first frame', () => {
    const rest = `aabb107600${EXTENSION_VERSION.toString(16).padStart(2, '0')}000000cc`;
    for (let cut = 0; cut <= 24; cut++) expect(versionIn(passed(rest, cut))).to.equal(1);
  });

  it('fail their world if their first frame has no version that could be made older', async () => {
    for (let cut = 0; cut <= 19; cut++) {
      expect(() => passed('aabb1076ff0300', cut)).to.throw(/^no version \d to lower to 1$/);
    }
    const failure = await simulate(1, async (world) => {
      const serve = async (running: NodeProcess): Promise<void> => {
        await running.listen({ port: 1 });
      };
      await world.node('server', serve).finished;
      await world.node('client', connectWithoutVersion).finished;
    }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(WorldError);
    expect(String((failure as WorldError).cause)).to.match(/no version \d to lower to 1$/);
  });
});

/** A client that names no version is to name an older one. Its own errors are nobody's business. */
async function connectWithoutVersion({ surroundings }: NodeProcess): Promise<void> {
  const network = tamperedNetwork(surroundings.network, () => toVersion(1));
  const options = { host: 'server', port: 1, extension: false, reconnect: false } as const;
  const client = createClient({ ...options, ...surroundings, network });
  await client.makeStreamSink().catch(() => {});
  await client.abort();
}
