import { Alarm } from '../../base/alarm.ts';
import { peerName } from '../../connection/link/peer-name.ts';
import { ClosedError } from '../../errors/errors.ts';
import type { Environment } from '../../settings/environment.ts';
import { AwaySessions, type AwaySession, type SessionShares } from '../resume/away-sessions.ts';
import type { SessionRules } from '../resume/session-rules.ts';
import type { ServerSession, SessionKeeper } from '../server/server-session.ts';
import { isLocalPeer } from './peer-identity.ts';

/**
 * A session with nothing to lose that the server knows of is kept so long at most. The client may have
 * sent calls that have not come, and comes back sooner than this if it can.
 */
export const IDLE_KEEP_MS = 15_000;

/** A session that has just lost its connection may have streams that are about to end. */
const FIRST_LOOK_MS = 1_000;

/** A session that is away. */
class Away implements AwaySession {
  readonly session: ServerSession;
  readonly shares: SessionShares;
  readonly alarm: Alarm;
  readonly until: number;
  /** Set while it has nothing to lose: when it is over, if that does not change. */
  idleUntil: number | undefined;

  constructor(session: ServerSession, alarm: Alarm, until: number) {
    const { peer, principal } = session;
    this.session = session;
    this.alarm = alarm;
    this.until = until;
    this.shares = {
      address: isLocalPeer(peer) ? undefined : peer.address,
      principal: shareOf(principal),
    };
  }

  get bytes(): number {
    return this.session.bytes;
  }
}

/** The sessions of a server that clients may go on with, with a connection or without. */
export class SessionRegistry implements SessionKeeper {
  readonly rules: SessionRules;
  readonly #environment: Environment;
  readonly #byId = new Map<string, ServerSession>();
  readonly #away: AwaySessions<Away>;
  /** The same, by the sessions. */
  readonly #entries = new Map<ServerSession, Away>();
  #isClosed = false;

  constructor(environment: Environment, rules: SessionRules) {
    this.#environment = environment;
    this.rules = rules;
    this.#away = new AwaySessions(rules);
  }

  get isOpen(): boolean {
    return !this.#isClosed && this.rules.sessionKeepMs > 0;
  }

  /** The number of sessions that clients may go on with. */
  get size(): number {
    return this.#byId.size;
  }

  /** A new session that its client may go on with later. */
  add(session: ServerSession): void {
    if (session.key !== undefined) this.#byId.set(nameOf(session.key.id), session);
  }

  /** The session with this id, unless it is over. */
  find(id: Uint8Array): ServerSession | undefined {
    return this.#byId.get(nameOf(id));
  }

  /** The sessions without a connection, the oldest first. */
  away(): ServerSession[] {
    return this.#away.all().map(({ session }) => session);
  }

  /** Keeps no session any more. Those that are away are over for this reason. */
  close(cause: unknown): void {
    this.#isClosed = true;
    for (const session of this.away()) session.endAway(cause);
  }

  onAway(session: ServerSession): void {
    const { clock } = this.#environment;
    const until = clock.now() + this.rules.sessionKeepMs;
    const away = new Away(session, new Alarm(clock), until);
    this.#entries.set(session, away);
    this.#endAll(this.#away.add(away));
    if (this.#away.has(away)) this.#plan(away, FIRST_LOOK_MS);
  }

  onChanged(session: ServerSession): void {
    const away = this.#entries.get(session);
    if (away !== undefined) this.#endAll(this.#away.resize(away));
  }

  onBack(session: ServerSession): void {
    const away = this.#entries.get(session);
    if (away === undefined) return;
    this.#entries.delete(session);
    this.#away.remove(away);
    away.alarm.clear();
  }

  onOver(session: ServerSession): void {
    this.onBack(session);
    if (session.key !== undefined) this.#byId.delete(nameOf(session.key.id));
  }

  /** Looks again when it can be over, and now and then whether it has anything to lose. */
  #plan(away: Away, mostMs: number): void {
    const leftMs = Math.min(away.until, away.idleUntil ?? Infinity) - this.#environment.clock.now();
    away.alarm.set(Math.max(0, Math.min(leftMs, mostMs)), () => this.#look(away));
  }

  #look(away: Away): void {
    const { session } = away;
    const now = this.#environment.clock.now();
    if (session.hasWork) away.idleUntil = undefined;
    else away.idleUntil ??= now + IDLE_KEEP_MS;
    session.review();
    if (!this.#away.has(away)) return;
    if (now < Math.min(away.until, away.idleUntil ?? Infinity)) this.#plan(away, IDLE_KEEP_MS);
    else {
      const { sessionKeepMs } = this.rules;
      const text = `the client did not come back within ${sessionKeepMs} ms (sessionKeepMs)`;
      session.endAway(new ClosedError(text, 'transport'));
    }
  }

  #endAll(over: readonly Away[]): void {
    for (const { session } of over) {
      const text = 'the server keeps no more sessions of clients that are away (maxAwaySessions…)';
      this.#environment.log.write(
        'warn',
        peerName('client', session.peer),
        `its session ends: ${text}`,
      );
      session.endAway(new ClosedError(text, 'local'));
    }
  }
}

function nameOf(id: Uint8Array): string {
  return Buffer.from(id).toString('latin1');
}

/**
 * Equal principals have the same share. One that can't be written down has its own. Texts are written
 * down as well, so that none is taken for an object that is written in the same way.
 */
function shareOf(principal: unknown): unknown {
  try {
    return JSON.stringify(principal) ?? principal;
  } catch {
    return principal;
  }
}
