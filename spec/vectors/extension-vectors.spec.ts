import { expect } from 'chai';

import type { Cuts, Role } from './deviation.ts';
import {
  type RecordedConversation,
  type RecordedVersion,
  readExtensionVectors,
} from './extension-vectors.ts';
import { recordScenario } from './record-scenario.ts';
import { replayExtension } from './replay-extension.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS_V1 } from './scenarios-v1.ts';
import { SCENARIOS_V2 } from './scenarios-v2.ts';
import type { Step } from './steps.ts';

const SCENARIOS: Readonly<Record<RecordedVersion, readonly Scenario[]>> = {
  1: SCENARIOS_V1,
  2: SCENARIOS_V2,
};
const NEWEST: RecordedVersion = 2;
const ROLES: readonly Role[] = ['client', 'server'];
const CUTS: readonly Cuts[] = ['captured cuts', 'one byte at a time'];

/** `"v": int32 1` and the same of 2, in BSON. */
const VERSION_1 = Buffer.from('10760001000000', 'hex');
const VERSION_2 = Buffer.from('10760002000000', 'hex');

/** In what our end has sent, how we say it today. */
const EDITS: Readonly<Partial<Record<RecordedVersion, (step: Step) => Step>>> = {
  1: withOurVersion,
};

for (const version of [1, 2] as const) {
  const { conversations } = readExtensionVectors(version);

  describe(`the recorded conversations of version ${version} of our extension`, () => {
    it('are those of the scenarios', () => {
      const names = SCENARIOS[version].map(({ name }) => name);
      expect(conversations.map(({ name }) => name)).to.deep.equal(names);
    });

    if (version === NEWEST) {
      for (const recorded of conversations) {
        it(`F35 ${recorded.name}: two ends of ours say the same today`, async () => {
          const today = await recordScenario(scenarioOf(version, recorded));
          expect(today).to.deep.equal(recorded);
        });
      }
    }

    for (const cuts of CUTS) {
      for (const role of ROLES) {
        describe(`played to our ${role}, ${cuts}`, () => {
          for (const recorded of conversations) {
            const scenario = scenarioOf(version, recorded);
            it(`${scenario.rows.join(' ')} ${recorded.name}: our ${role} goes through with it`, () =>
              replayExtension({ recorded, scenario, role, cuts, edit: EDITS[version] }));
          }
        });
      }
    }
  });
}

/** A negotiation frame that says which version we speak; there it stands once. */
function withOurVersion(step: Step): Step {
  const at = step.bytes.indexOf(VERSION_1);
  if (at < 0) return step;
  const bytes = Buffer.from(step.bytes);
  VERSION_2.copy(bytes, at);
  return { ...step, bytes };
}

function scenarioOf(version: RecordedVersion, { name }: RecordedConversation): Scenario {
  const scenario = SCENARIOS[version].find((candidate) => candidate.name === name);
  if (scenario === undefined) throw new Error(`nobody plays the scenario ${name}`);
  return scenario;
}
