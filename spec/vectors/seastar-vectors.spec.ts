import { expect } from 'chai';

import {
  type Conversation,
  conversation,
  CONVERSATIONS,
  conversationsWith,
} from './conversation.ts';
import type { Cuts, Preset } from './deviation.ts';
import { ANSWERED_LATER, DEVIATIONS } from './deviations.ts';
import { replayClient } from './replay-client.ts';
import { replayServer } from './replay-server.ts';
import { rowsOf } from './rows.ts';
import { idsOf, stepsOf } from './steps.ts';

const PRESETS: readonly Preset[] = ['seastar', 'default'];
const CUTS: readonly Cuts[] = ['captured cuts', 'one byte at a time'];

/** As the wire has them, low byte first. */
const RANDOM_IDS = ['674523019bcafec0', '0100feffefcdab89', '0000000000000080'];

describe('the captured conversations of Seastar', () => {
  it('are 58 between two Seastars and 30 with a hand-made client', () => {
    expect(conversationsWith('seastar')).to.have.lengthOf(58);
    expect(conversationsWith('hand-made')).to.have.lengthOf(30);
  });

  it('each prove a row', () => {
    const unclaimed = CONVERSATIONS.filter(({ name }) => rowsOf(name).length === 0);
    expect(unclaimed.map(({ name }) => name)).to.deep.equal([]);
  });

  it('are all known by their names to the list of deviations', () => {
    const names = CONVERSATIONS.map(({ name }) => name);
    const listed = DEVIATIONS.flatMap(({ vectors }) => vectors);
    expect(names).to.include.members([...listed, ...Object.keys(ANSWERED_LATER)]);
  });

  for (const { preset, cuts } of PRESETS.flatMap((preset) =>
    CUTS.map((cuts) => ({ preset, cuts })),
  )) {
    describe(`with ${preset} options, ${cuts}`, () => {
      for (const played of CONVERSATIONS) {
        it(titleOf(played, 'our server answers as Seastar did'), () =>
          replayServer({ conversation: played, role: 'server', preset, cuts }),
        );
      }
      for (const played of conversationsWith('seastar')) {
        it(titleOf(played, 'our client does and says what Seastar did'), () =>
          replayClient({ conversation: played, role: 'client', preset, cuts }),
        );
      }
    });
  }
});

describe('the captured conversations of Seastar, with ids of 64 random bits', () => {
  for (const name of ['stream-echo', 'two-streams']) {
    it(`S-W14 S-W15 E1-ids ${name}: our server uses the ids that its source of randomness gives`, () =>
      replayServer({
        conversation: withIds(conversation(name), RANDOM_IDS),
        role: 'server',
        preset: 'seastar',
        cuts: 'captured cuts',
      }));
  }
});

function titleOf({ name }: Conversation, fact: string): string {
  return `${rowsOf(name).join(' ')} ${name}: ${fact}`;
}

/** The conversation as it would be, had Seastar given these ids: in negotiation frames, and where a request or reply ends with one. */
function withIds(captured: Conversation, ids: readonly string[]): Conversation {
  const given = idsOf(stepsOf(captured)).map(wireHex);
  const change = (hex: string): string =>
    given.reduce((changed, id, index) => {
      const pattern = new RegExp(`(?<=0[23]00000008000000)${id}|${id}$`, 'g');
      return changed.replaceAll(pattern, ids[index] ?? id);
    }, hex);
  return {
    ...captured,
    connections: captured.connections.map((connection) => ({
      ...connection,
      events: connection.events.map((event) => ({ ...event, hex: change(event.hex) })),
    })),
  };
}

function wireHex(id: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(id);
  return bytes.toString('hex');
}
