/**
 * Proof that the dialing side of a connection is the client of an earlier main connection. On that
 * connection the server gave the client a session with a secret. The proof shows that the client
 * knows the secret, without sending it:
 *
 *     HMAC-SHA256(secret, purpose | 16 bytes session id | u64 parent id | u64 counter | 16 bytes nonce)
 *
 * A server that goes on with a session proves itself in the same way, by the purpose `resumed`, the id
 * of the new connection, and the counter and nonce of the client's proof.
 *
 * The purpose is its name in ASCII. All fields behind it have a fixed length, so messages of
 * different meaning never have the same bytes. Source: ActualLab.Rpc's reconnect proof.
 */

import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

import type { Random } from '../../base/random.ts';
import { ReplayWindow } from './replay-window.ts';

export const SESSION_ID_BYTES = 16;
export const SECRET_BYTES = 32;
export const NONCE_BYTES = 16;
export const MAC_BYTES = 32;

const U64_BYTES = 8;

/** The use of a proof. A proof for one purpose is worth nothing for the other. */
export type ProofPurpose = 'child' | 'resume';

type MacPurpose = ProofPurpose | 'resumed';

/** The session that a server gives to a client's main connection. The secret prints as nothing. */
export interface SessionKey {
  readonly id: Buffer;
  readonly secret: KeyObject;
}

/** A session that belongs to no client. */
const NO_SESSION = sessionKey(Buffer.alloc(SESSION_ID_BYTES), Buffer.alloc(SECRET_BYTES));

/** The record that is sent in place of the secret. */
export interface Proof {
  /** Different for each proof of a session; from 1 to 2^53-1. */
  readonly counter: number;
  readonly nonce: Uint8Array;
  readonly mac: Uint8Array;
}

/** Makes a session that can't be guessed. */
export function makeSessionKey(random: Random): SessionKey {
  return sessionKey(random.bytes(SESSION_ID_BYTES), random.bytes(SECRET_BYTES));
}

/** Makes a session from its bytes, which are copied. */
export function sessionKey(id: Uint8Array, secret: Uint8Array): SessionKey {
  return { id: Buffer.from(id), secret: createSecretKey(secret) };
}

/** Makes the proofs of a client's session. */
export class Prover {
  readonly #key: SessionKey;
  readonly #parentId: bigint;
  readonly #random: Random;
  #counter = 0;

  /** @param parentId - the id of the first main connection of the session. */
  constructor(key: SessionKey, parentId: bigint, random: Random) {
    this.#key = key;
    this.#parentId = parentId;
    this.#random = random;
  }

  /**
   * Makes a proof. Use it once, and soon: the server remembers only the newest counters.
   *
   * @param parentId - of a child: the id of its main connection, if that is not the session's first.
   */
  prove(purpose: ProofPurpose, parentId: bigint = this.#parentId): Proof {
    const counter = ++this.#counter;
    const nonce = this.#random.bytes(NONCE_BYTES);
    return { counter, nonce, mac: macOf(this.#key, purpose, parentId, { counter, nonce }) };
  }

  /**
   * Whether the server that has answered a proof knows the session.
   *
   * @param connectionId - the id that it gave the new connection.
   * @param mac - from its answer.
   */
  isAnsweredBy(mac: Uint8Array, connectionId: bigint, proof: Proof): boolean {
    return timingSafeEqual(macOf(this.#key, 'resumed', connectionId, proof), mac);
  }
}

/**
 * Judges the proofs of one session at the server, over all of its connections, and accepts each of
 * them once.
 */
export class ProofChecker {
  readonly #key: SessionKey;
  readonly #parentId: bigint;
  readonly #window = new ReplayWindow();
  /** The counter of the newest resume that was accepted. */
  #resumed = 0;

  /** @param parentId - the id of the first main connection of the session. */
  constructor(key: SessionKey, parentId: bigint) {
    this.#key = key;
    this.#parentId = parentId;
  }

  /**
   * The problem of a proof, to be told to our log only. Undefined if the proof is right, which uses
   * it up. The proof of a resume must be newer than every accepted one, too.
   *
   * @param parentId - of a child: the id of its main connection, if that is not the session's first.
   */
  problemWith(
    purpose: ProofPurpose,
    proof: Proof | undefined,
    parentId: bigint = this.#parentId,
  ): string | undefined {
    if (proof === undefined) return 'there is no proof';
    const mac = macOf(this.#key, purpose, parentId, proof);
    if (!timingSafeEqual(mac, proof.mac)) return 'the proof is wrong';
    if (!this.#window.use(proof.counter)) return 'the proof was used before, or is too old';
    const isLate = purpose === 'resume' && proof.counter <= this.#resumed;
    return isLate ? 'a newer resume was accepted' : undefined;
  }

  /**
   * Accepts a resume that had no problem, unless a newer one was accepted while the client's identity
   * was judged. Returns whether it did.
   */
  acceptResume({ counter }: Proof): boolean {
    if (counter <= this.#resumed) return false;
    this.#resumed = counter;
    return true;
  }

  /**
   * Proves to the client of a resume that this server knows the session.
   *
   * @param connectionId - the id of the new connection.
   */
  answer(connectionId: bigint, proof: Proof): Buffer {
    return macOf(this.#key, 'resumed', connectionId, proof);
  }
}

/**
 * Takes the same time as finding a proof wrong, so that the time does not tell that there is no
 * session.
 */
export function judgeInVain(purpose: ProofPurpose, proof: Proof | undefined): void {
  if (proof !== undefined) timingSafeEqual(macOf(NO_SESSION, purpose, 0n, proof), proof.mac);
}

function macOf(
  { id, secret }: SessionKey,
  purpose: MacPurpose,
  parentId: bigint,
  { counter, nonce }: Omit<Proof, 'mac'>,
): Buffer {
  const numbers = Buffer.alloc(2 * U64_BYTES);
  numbers.writeBigUInt64LE(parentId, 0);
  numbers.writeBigUInt64LE(BigInt(counter), U64_BYTES);
  const hmac = createHmac('sha256', secret);
  return hmac.update(purpose).update(id).update(numbers).update(nonce).digest();
}
