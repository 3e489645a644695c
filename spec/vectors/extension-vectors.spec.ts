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

/** `"v": int32 …` of each version, in BSON. */
const VERSIONS: Readonly<Record<RecordedVersion | 3, Buffer>> = {
  1: Buffer.from('10760001000000', 'hex'),
  2: Buffer.from('10760002000000', 'hex'),
  3: Buffer.from('10760003000000', 'hex'),
};

/** `"keep": int64 0`, of a client with one connection. */
const KEEP_0 = Buffer.from('126b656570000000000000000000', 'hex');

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
          expect(today).to.deep.equal(saidToday(recorded));
        });
      }
    }

    for (const cuts of CUTS) {
      for (const role of ROLES) {
        describe(`played to our ${role}, ${cuts}`, () => {
          for (const recorded of conversations) {
            const scenario = scenarioOf(version, recorded);
            it(`${scenario.rows.join(' ')} ${recorded.name}: our ${role} goes through with it`, () =>
              replayExtension({
                recorded,
                scenario,
                role,
                cuts,
                edit: (step) => edited(step, version),
              }));
          }
        });
      }
    }
  });
}

/** In what our end has sent, how we say it today: which version we speak, once in each negotiation. */
function edited(step: Step, version: RecordedVersion): Step {
  const { connection, direction } = step;
  const bytes = withOurVersion(step.bytes, version, connection === 1 && direction === 'c2s');
  return bytes === step.bytes ? step : { ...step, bytes, chunks: [bytes.length] };
}

/** @param isClient - whether it is what a client says on its main connection. */
function withOurVersion(sent: Buffer, version: RecordedVersion, isClient: boolean): Buffer {
  const at = sent.indexOf(VERSIONS[version]);
  if (at < 0) return sent;
  const bytes = Buffer.from(sent);
  VERSIONS[3].copy(bytes, at);
  if (!isClient) return bytes;
  // The field is the document's last, before its final byte.
  const end = at - 4 + bytes.readUInt32LE(at - 4) - 1;
  const longer = Buffer.concat([bytes.subarray(0, end), KEEP_0, bytes.subarray(end)]);
  // The lengths of all records, of this one, and of its document.
  for (const place of [8, at - 8, at - 4]) {
    longer.writeUInt32LE(longer.readUInt32LE(place) + KEEP_0.length, place);
  }
  return longer;
}

/** The newest conversation as our two ends have it. */
function saidToday(recorded: RecordedConversation): RecordedConversation {
  const connections = recorded.connections.map((connection) => ({
    ...connection,
    events: connection.events.map((event) => {
      const isClient = connection.id === 1 && event.dir === 'c2s';
      const sent = Buffer.from(event.hex, 'hex');
      const bytes = withOurVersion(sent, NEWEST, isClient);
      return bytes === sent ? event : { ...event, hex: bytes.toString('hex') };
    }),
  }));
  return { ...recorded, connections };
}

function scenarioOf(version: RecordedVersion, { name }: RecordedConversation): Scenario {
  const scenario = SCENARIOS[version].find((candidate) => candidate.name === name);
  if (scenario === undefined) throw new Error(`nobody plays the scenario ${name}`);
  return scenario;
}
