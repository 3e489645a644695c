import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

import {
  NEWEST_VERSION,
  type Plan,
  SERVICES_VERSION,
  type Version,
} from '../../scripts/sim/plan/plan.ts';
import { judgePlan } from '../../scripts/sim/search/run-seed.ts';

const FOLDER = 'spec/worlds/corpus';

/** A short program that has failed once. */
interface Case {
  readonly title: string;
  readonly plan: Plan;
}

/**
 * The versions that all clients can speak. What outlives a connection needs the newest one, and a program
 * about an older one needs that. Undefined where clients that need the newest one stand beside older
 * ones: each keeps its own.
 */
function versionsOf({ clients }: Plan): readonly (Version | undefined)[] {
  const oldest = Math.min(...clients.map(({ version }) => version)) as Version;
  const isLasting = /"(?:reconnect|resumable|isResumable|skipTo)":/.test(JSON.stringify(clients));
  if (oldest < SERVICES_VERSION) return [isLasting ? undefined : oldest];
  return isLasting ? [NEWEST_VERSION] : [SERVICES_VERSION, NEWEST_VERSION];
}

describe('programs for worlds that have failed once', () => {
  for (const name of readdirSync(FOLDER).toSorted()) {
    const { title, plan } = JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Case;
    it(title, async () => {
      for (const version of versionsOf(plan)) {
        const clients = plan.clients.map((client) => ({
          ...client,
          version: version ?? client.version,
        }));
        const { verdicts, sights } = await judgePlan({ ...plan, clients });
        expect(verdicts, `with version ${version ?? 'as drawn'}`).to.deep.equal([]);
        expect(sights, 'the program has run').to.be.greaterThan(0);
      }
    });
  }
});
