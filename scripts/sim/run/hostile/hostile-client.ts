import type { NodeProcess } from '../../../../lib/simulation/world/node.ts';
import type { ClientMove, HostileClient } from '../../plan/hostile.ts';
import type { SeenBurst } from '../history.ts';
import { sendBurst } from './burst.ts';
import { sendChildLie } from './child-lies.ts';
import { ClientSession } from './client-session.ts';
import { attach, valueStream } from './frames.ts';
import { download } from './download.ts';
import { LANE_BYTES } from './lane-lies.ts';
import { messagePayloads } from './message-lies.ts';
import { sendRequestLie, UP } from './request-lies.ts';
import { sendLie } from './stream-lies.ts';

/** A server pings a client that is silent for 10 s, and gives it up 25 s later. */
const GIVEN_UP_MS = 20_000;

/** A client that connects as it should, and does what its plan says. */
export class HostileCaller {
  readonly #running: NodeProcess;
  readonly #plan: HostileClient;
  readonly #onBurst: (seen: SeenBurst) => void;
  readonly #now: () => number;
  readonly #sessions: ClientSession[] = [];

  /** @param now - the time of the world. */
  constructor(
    running: NodeProcess,
    plan: HostileClient,
    now: () => number,
    onBurst: (seen: SeenBurst) => void,
  ) {
    this.#running = running;
    this.#plan = plan;
    this.#now = now;
    this.#onBurst = onBurst;
  }

  /** Does everything, stays for a while, and leaves without a word. */
  async run(): Promise<void> {
    const { moves, gapMs, lingerMs } = this.#plan;
    for (const move of moves) {
      const session = await this.#session(move.kind === 'burst');
      if (session !== undefined) await this.#do(session, move);
      if (gapMs > 0) await this.#running.sleep(gapMs);
    }
    await this.#running.sleep(lingerMs);
    for (const session of this.#sessions) session.destroy();
  }

  /** The last connection, or a new one where it is of no use. Undefined if the server lets nobody in. */
  async #session(mustBeLawful: boolean): Promise<ClientSession | undefined> {
    const last = this.#sessions.at(-1);
    if (last !== undefined && !last.main.isOver && (last.isLawful || !mustBeLawful)) return last;
    const session = await ClientSession.open(this.#running, this.#plan.isMute);
    if (session !== undefined) this.#sessions.push(session);
    return session;
  }

  async #do(session: ClientSession, move: ClientMove): Promise<void> {
    if (move.kind === 'burst') {
      const fromMs = this.#now();
      const outcome = await sendBurst(this.#running, session, move);
      const toMs = this.#now();
      // A server gives up a client that answers no pings.
      if (this.#plan.isMute && toMs - fromMs >= GIVEN_UP_MS) return;
      this.#onBurst({ fromMs, toMs, ...outcome });
      return;
    }
    session.isLawful = false;
    switch (move.kind) {
      case 'messages':
        session.tellBytes(...messagePayloads(move));
        return;
      case 'request':
        sendRequestLie(session, move.lie);
        return;
      case 'lane':
        (await session.openLane())?.write(LANE_BYTES[move.lie]);
        return;
      case 'upload':
        upload(session, move);
        return;
      case 'download':
        download(session, move.lie);
        return;
      case 'child':
        for (let time = 0; time < move.times; time++) await sendChildLie(session, move.lie);
    }
  }
}

/** Offers a stream, and lies when the server asks for it. */
function upload(
  session: ClientSession,
  { lie, items }: ClientMove & { readonly kind: 'upload' },
): void {
  const offered = session.nextNumber;
  session.listen((message) => {
    if (message.kind !== 'stream-open' || message.number !== offered) return;
    void session.openLane().then((lane) => {
      if (lane === undefined) return;
      lane.write(attach('produce', offered));
      sendLie(lane, lie, items);
    });
  });
  session.call('up', UP, valueStream(offered));
}
