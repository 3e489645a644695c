/**
 * Proof that the dialing side of a connection is the client of an earlier main connection. On that
 * connection the server gave the client a session with a secret. The proof shows that the client
 * knows the secret, without sending it:
 *
 *     HMAC-SHA256(secret, purpose | 16 bytes session id | u64 parent id | u64 counter | 16 bytes nonce)
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

  /** @param parentId - the id of the main connection that got the session. */
  constructor(key: SessionKey, parentId: bigint, random: Random) {
    this.#key = key;
    this.#parentId = parentId;
    this.#random = random;
  }

  /** Makes a proof. Use it once, and soon: the server remembers only the newest counters. */
  prove(purpose: ProofPurpose): Proof {
    const counter = ++this.#counter;
    const nonce = this.#random.bytes(NONCE_BYTES);
    return { counter, nonce, mac: macOf(this.#key, purpose, this.#parentId, { counter, nonce }) };
  }
}

/** Judges the proofs of one session at the server, and accepts each of them once. */
export class ProofChecker {
  readonly #key: SessionKey;
  readonly #parentId: bigint;
  readonly #window = new ReplayWindow();

  constructor(key: SessionKey, parentId: bigint) {
    this.#key = key;
    this.#parentId = parentId;
  }

  /**
   * The problem of a proof, to be told to our log only. Undefined if the proof is right, which uses
   * it up.
   */
  problemWith(purpose: ProofPurpose, proof: Proof | undefined): string | undefined {
    if (proof === undefined) return 'there is no proof';
    const mac = macOf(this.#key, purpose, this.#parentId, proof);
    if (!timingSafeEqual(mac, proof.mac)) return 'the proof is wrong';
    return this.#window.use(proof.counter) ? undefined : 'the proof was used before, or is too old';
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
  purpose: ProofPurpose,
  parentId: bigint,
  { counter, nonce }: Omit<Proof, 'mac'>,
): Buffer {
  const numbers = Buffer.alloc(2 * U64_BYTES);
  numbers.writeBigUInt64LE(parentId, 0);
  numbers.writeBigUInt64LE(BigInt(counter), U64_BYTES);
  const hmac = createHmac('sha256', secret);
  return hmac.update(purpose).update(id).update(numbers).update(nonce).digest();
}
