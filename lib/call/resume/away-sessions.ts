import { Ranking } from '../../base/ranking.ts';

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

/** A session that is away, as it was counted. */
interface Counted {
  /** Rises from session to session. */
  readonly age: number;
  bytes: number;
}

/** An address or a principal, with its sessions that are away. */
class Owner<S> {
  /** The oldest first. */
  readonly sessions = new Set<S>();
  bytes = 0;
  /** The age of the first session. */
  firstAge = 0;
}

/** The owners of one kind, by address or by principal. */
type Owners<S> = Map<unknown, Owner<S>>;

/** Orders owners by the use that they make of the room, and equal ones by their oldest sessions. */
function greediestFirst<S>(useOf: (owner: Owner<S>) => number): Ranking<Owner<S>> {
  return new Ranking((one, other) => {
    const more = useOf(one) - useOf(other);
    return more > 0 || (more === 0 && one.firstAge < other.firstAge);
  });
}

/**
 * The sessions of a server that are away, the oldest first, within their bounds. Whatever comes
 * beyond a bound ends an older session: of the address or principal that has more than its share, or
 * else of the one that uses most. To find it takes few steps: all clients may be lost at once.
 */
export class AwaySessions<S extends AwaySession> {
  readonly #limits: AwayBounds;
  readonly #sessions = new Map<S, Counted>();
  readonly #addresses: Owners<S> = new Map<unknown, Owner<S>>();
  readonly #principals: Owners<S> = new Map<unknown, Owner<S>>();
  readonly #bySessions = greediestFirst<S>((owner) => owner.sessions.size);
  readonly #byBytes = greediestFirst<S>((owner) => owner.bytes);
  #bytes = 0;
  #lastAge = 0;

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
    const { address, principal } = session.shares;
    const { bytes } = session;
    this.#bytes += bytes;
    this.#sessions.set(session, { age: ++this.#lastAge, bytes });
    for (const [owners, key] of this.#sharesOf(session)) {
      const owner = owners.get(key) ?? new Owner<S>();
      owners.set(key, owner);
      owner.sessions.add(session);
      owner.bytes += bytes;
      this.#rank(owner);
    }
    const over = [
      ...this.#takeOverShare(this.#addresses.get(address)),
      ...this.#takeOverShare(this.#principals.get(principal)),
    ];
    return [...over, ...this.#overAll()];
  }

  /** A session that is away takes more or less memory than before. Returns as `add`. */
  resize(session: S): S[] {
    const counted = this.#sessions.get(session);
    if (counted === undefined) return [];
    const more = session.bytes - counted.bytes;
    counted.bytes += more;
    this.#bytes += more;
    for (const [owners, key] of this.#sharesOf(session)) {
      // It was counted for each of them.
      const owner = owners.get(key)!;
      owner.bytes += more;
      this.#byBytes.place(owner);
    }
    return this.#overAll();
  }

  /** The session is not away any more. Returns whether it was. */
  remove(session: S): boolean {
    const counted = this.#sessions.get(session);
    if (counted === undefined) return false;
    this.#sessions.delete(session);
    this.#bytes -= counted.bytes;
    for (const [owners, key] of this.#sharesOf(session)) {
      // As in `resize`.
      const owner = owners.get(key)!;
      owner.sessions.delete(session);
      owner.bytes -= counted.bytes;
      if (owner.sessions.size === 0) owners.delete(key);
      this.#rank(owner);
    }
    return true;
  }

  #sharesOf({ shares }: S): [owners: Owners<S>, key: unknown][] {
    const all: [Owners<S>, unknown][] = [
      [this.#addresses, shares.address],
      [this.#principals, shares.principal],
    ];
    return all.filter(([, key]) => key !== undefined);
  }

  /** Finds its place anew. One without sessions has none. */
  #rank(owner: Owner<S>): void {
    const [first] = owner.sessions;
    const counted = first && this.#sessions.get(first);
    owner.firstAge = counted?.age ?? 0;
    for (const ranking of [this.#bySessions, this.#byBytes]) {
      if (counted === undefined) ranking.remove(owner);
      else ranking.place(owner);
    }
  }

  #takeOverShare(owner: Owner<S> | undefined): S[] {
    if (owner === undefined || owner.sessions.size <= this.#limits.maxAwaySessionsPerClient) {
      return [];
    }
    return this.#takeOldest(owner);
  }

  #overAll(): S[] {
    const { maxAwaySessions, maxAwaySessionBytes } = this.#limits;
    const over: S[] = [];
    while (this.size > maxAwaySessions) over.push(...this.#takeOldest(this.#bySessions.first));
    while (this.#bytes > maxAwaySessionBytes) over.push(...this.#takeOldest(this.#byBytes.first));
    return over;
  }

  /** Takes the oldest session of an owner; without an owner, the oldest of all. */
  #takeOldest(owner: Owner<S> | undefined): S[] {
    const [oldest] = owner?.sessions.keys() ?? this.#sessions.keys();
    if (oldest === undefined) return [];
    this.remove(oldest);
    return [oldest];
  }
}
