/** The owners of a session: each may have only its share of those that are away. */
export interface SessionShares {
  /** The address of the client; undefined for one on this machine, which shares it with others. */
  readonly address: string | undefined;
  /** Stands for the principal of the client; undefined if there is none. */
  readonly principal: unknown;
}

/** A session without a connection. */
export interface AwaySession {
  readonly shares: SessionShares;
  /** The memory that it takes now. */
  readonly bytes: number;
}

/** The bounds of all sessions of a server that are away. */
export interface AwayBounds {
  readonly maxAwaySessions: number;
  readonly maxAwaySessionBytes: number;
  /** For each address, and for each principal. */
  readonly maxAwaySessionsPerClient: number;
}

/** The use that one owner makes of the room. */
interface Use {
  sessions: number;
  bytes: number;
}

/** The uses of several owners, by address or by principal. */
class Uses {
  readonly #byOwner = new Map<unknown, Use>();

  of(owner: unknown): Use {
    return this.#byOwner.get(owner) ?? { sessions: 0, bytes: 0 };
  }

  add(owner: unknown, sessions: number, bytes: number): void {
    if (owner === undefined) return;
    const use = this.of(owner);
    this.#byOwner.set(owner, use);
    use.sessions += sessions;
    use.bytes += bytes;
    if (use.sessions === 0) this.#byOwner.delete(owner);
  }
}

/**
 * The sessions of a server that are away, the oldest first, within their bounds. Whatever comes
 * beyond a bound ends an older session: of the address or principal that has more than its share, or
 * else of the one that uses most.
 */
export class AwaySessions<S extends AwaySession> {
  readonly #limits: AwayBounds;
  /** With the bytes that each was counted for. */
  readonly #sessions = new Map<S, number>();
  readonly #addresses = new Uses();
  readonly #principals = new Uses();
  #bytes = 0;

  constructor(limits: AwayBounds) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** The memory that all of them take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** All of them, the oldest first. */
  all(): S[] {
    return [...this.#sessions.keys()];
  }

  has(session: S): boolean {
    return this.#sessions.has(session);
  }

  /** A session has lost its connection. Returns those that have to end for it. It may be one of them. */
  add(session: S): S[] {
    this.#count(session, 1, session.bytes);
    this.#sessions.set(session, session.bytes);
    return this.#overShare(session);
  }

  /** A session that is away takes more or less memory than before. Returns as `add`. */
  resize(session: S): S[] {
    const before = this.#sessions.get(session);
    if (before === undefined) return [];
    this.#count(session, 0, session.bytes - before);
    this.#sessions.set(session, session.bytes);
    return this.#overAll();
  }

  /** The session is not away any more. Returns whether it was. */
  remove(session: S): boolean {
    const bytes = this.#sessions.get(session);
    if (bytes === undefined) return false;
    this.#sessions.delete(session);
    this.#count(session, -1, -bytes);
    return true;
  }

  #overShare({ shares }: S): S[] {
    const { address, principal } = shares;
    const most = this.#limits.maxAwaySessionsPerClient;
    const over: S[] = [];
    if (this.#addresses.of(address).sessions > most) {
      over.push(...this.#takeOldest((each) => each.shares.address === address));
    }
    if (this.#principals.of(principal).sessions > most) {
      over.push(...this.#takeOldest((each) => each.shares.principal === principal));
    }
    return [...over, ...this.#overAll()];
  }

  #overAll(): S[] {
    const { maxAwaySessions, maxAwaySessionBytes } = this.#limits;
    const over: S[] = [];
    while (this.size > maxAwaySessions) over.push(...this.#takeGreediest('sessions'));
    while (this.#bytes > maxAwaySessionBytes) over.push(...this.#takeGreediest('bytes'));
    return over;
  }

  /** Takes the oldest session of the owner that uses most; of several such owners the oldest of all. */
  #takeGreediest(what: keyof Use): S[] {
    const useOf = ({ shares }: S): number =>
      Math.max(
        this.#addresses.of(shares.address)[what],
        this.#principals.of(shares.principal)[what],
      );
    let most = -1;
    for (const session of this.#sessions.keys()) most = Math.max(most, useOf(session));
    return this.#takeOldest((session) => useOf(session) === most);
  }

  #takeOldest(isMeant: (session: S) => boolean): S[] {
    for (const session of this.#sessions.keys()) {
      if (!isMeant(session)) continue;
      this.remove(session);
      return [session];
    }
    return [];
  }

  #count({ shares }: S, sessions: number, bytes: number): void {
    this.#bytes += bytes;
    this.#addresses.add(shares.address, sessions, bytes);
    this.#principals.add(shares.principal, sessions, bytes);
  }
}
