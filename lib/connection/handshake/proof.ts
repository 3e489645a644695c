/**
 * Proof that who dials a connection is the client of an earlier main connection. The server gave that
 * one a session with a secret; knowing the secret is shown without sending it:
 *
 *     HMAC-SHA256(secret, purpose | 16 bytes session id | u64 parent id | u64 counter | 16 bytes nonce)
 *
 * The purpose is its name in ASCII; what follows has a fixed length, so that no two messages of
 * different meaning are the same bytes. Source: ActualLab.Rpc's reconnect proof.
 */

import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

import type { Random } from '../../base/random.ts';
import { ReplayWindow } from './replay-window.ts';

export const SESSION_ID_BYTES = 16;
export const SECRET_BYTES = 32;
export const NONCE_BYTES = 16;
export const MAC_BYTES = 32;

const U64_BYTES = 8;

/** What a proof is good for; one for the one is worth nothing for the other. */
export type ProofPurpose = 'child' | 'resume';

/** What a server gives a client's main connection. The secret prints as nothing. */
export interface SessionKey {
  readonly id: Buffer;
  readonly secret: KeyObject;
}

/** Belongs to nobody. */
const NO_SESSION = sessionKey(Buffer.alloc(SESSION_ID_BYTES), Buffer.alloc(SECRET_BYTES));

/** What is sent in place of the secret. */
export interface Proof {
  /** Different for each proof of a session; from 1 on, at most 2^53-1. */
  readonly counter: number;
  readonly nonce: Uint8Array;
  readonly mac: Uint8Array;
}

/** A session that nobody can guess. */
export function makeSessionKey(random: Random): SessionKey {
  return sessionKey(random.bytes(SESSION_ID_BYTES), random.bytes(SECRET_BYTES));
}

/** A session from its bytes, which are copied. */
export function sessionKey(id: Uint8Array, secret: Uint8Array): SessionKey {
  return { id: Buffer.from(id), secret: createSecretKey(secret) };
}

/** Makes the proofs of a client's session. */
export class Prover {
  readonly #key: SessionKey;
  readonly #parentId: bigint;
  readonly #random: Random;
  #counter = 0;

  /** @param parentId - the id of the main connection that was given the session. */
  constructor(key: SessionKey, parentId: bigint, random: Random) {
    this.#key = key;
    this.#parentId = parentId;
    this.#random = random;
  }

  /** A proof to be used once, and soon: the server remembers the newest counters only. */
  prove(purpose: ProofPurpose): Proof {
    const counter = ++this.#counter;
    const nonce = this.#random.bytes(NONCE_BYTES);
    return { counter, nonce, mac: macOf(this.#key, purpose, this.#parentId, { counter, nonce }) };
  }
}

/** Judges the proofs of one session at the server, and lets each be used once. */
export class ProofChecker {
  readonly #key: SessionKey;
  readonly #parentId: bigint;
  readonly #window = new ReplayWindow();

  constructor(key: SessionKey, parentId: bigint) {
    this.#key = key;
    this.#parentId = parentId;
  }

  /** What is wrong with a proof, for our log and nobody else; undefined if it is right, which uses it up. */
  problemWith(purpose: ProofPurpose, proof: Proof | undefined): string | undefined {
    if (proof === undefined) return 'there is no proof';
    const mac = macOf(this.#key, purpose, this.#parentId, proof);
    if (!timingSafeEqual(mac, proof.mac)) return 'the proof is wrong';
    return this.#window.use(proof.counter) ? undefined : 'the proof was used before, or is too old';
  }
}

/** Takes as long as finding a proof wrong does, so that the time tells nobody that there is no session. */
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
