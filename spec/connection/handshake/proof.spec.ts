import crypto, { createHmac } from 'node:crypto';
import { inspect } from 'node:util';

import { expect } from 'chai';

import { systemRandom } from '../../../lib/base/random.ts';
import {
  judgeInVain,
  makeSessionKey,
  type Proof,
  ProofChecker,
  Prover,
  sessionKey,
} from '../../../lib/connection/handshake/proof.ts';
import { callsOf } from '../../support/calls-of.ts';
import { hex } from '../../support/chunks.ts';

const PARENT_ID = 0x4f1a_22c0_9d3e_0001n;
const random = systemRandom();

/** Both ends of one session. */
function ends(parentId: bigint = PARENT_ID): { prover: Prover; checker: ProofChecker } {
  const key = makeSessionKey(random);
  return { prover: new Prover(key, parentId, random), checker: new ProofChecker(key, parentId) };
}

/** The same bytes but for one bit. */
function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}

describe('connection/proof', () => {
  it('E1-ids takes what the session’s own client proves', () => {
    const { prover, checker } = ends();
    for (let count = 1; count <= 3; count++) {
      const proof = prover.prove('child');
      expect(proof.counter).to.equal(count);
      expect(checker.problemWith('child', proof)).to.equal(undefined);
    }
  });

  it('E1-ids a proof is the HMAC of what PROTOCOL.md says', () => {
    const id = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
    const secret = Buffer.alloc(32, 0x5e);
    const prover = new Prover(sessionKey(id, secret), PARENT_ID, {
      bytes: (n) => Buffer.alloc(n, 9),
    });
    const { counter, nonce, mac } = prover.prove('resume');
    expect([counter, Buffer.from(nonce)]).to.deep.equal([1, Buffer.alloc(16, 9)]);
    const message = Buffer.concat([
      Buffer.from('resume'),
      id,
      hex('01003e9dc0221a4f'),
      hex('0100000000000000'),
      nonce,
    ]);
    expect(mac).to.deep.equal(createHmac('sha256', secret).update(message).digest());
  });

  it('E1-ids refuses a second use of a proof, and forgeries that follow', () => {
    const { prover, checker } = ends();
    const proof = prover.prove('child');
    expect(checker.problemWith('child', proof)).to.equal(undefined);
    expect(checker.problemWith('child', proof)).to.match(/used before/);
    expect(checker.problemWith('child', { ...proof, counter: 2 })).to.match(/wrong/);
  });

  it('E1-ids refuses every changed bit of a proof', () => {
    const { prover, checker } = ends();
    const proof = prover.prove('child');
    for (let bit = 0; bit < 256; bit++) {
      const forged: Proof = { ...proof, mac: flipped(proof.mac, bit) };
      expect(checker.problemWith('child', forged), `mac bit ${bit}`).to.match(/wrong/);
    }
    for (let bit = 0; bit < 128; bit++) {
      const forged: Proof = { ...proof, nonce: flipped(proof.nonce, bit) };
      expect(checker.problemWith('child', forged), `nonce bit ${bit}`).to.match(/wrong/);
    }
    // None of them has used the counter up.
    expect(checker.problemWith('child', proof)).to.equal(undefined);
  });

  it('E1-ids a proof of another session, parent or purpose is worth nothing', () => {
    const key = makeSessionKey(random);
    const checker = new ProofChecker(key, PARENT_ID);
    const elsewhere = {
      session: new Prover(makeSessionKey(random), PARENT_ID, random).prove('child'),
      parent: new Prover(key, PARENT_ID + 1n, random).prove('child'),
      purpose: new Prover(key, PARENT_ID, random).prove('resume'),
    };
    for (const [what, proof] of Object.entries(elsewhere)) {
      expect(checker.problemWith('child', proof), what).to.match(/wrong/);
    }
  });

  it('E1-ids misses a proof where there is none', () => {
    expect(ends().checker.problemWith('child', undefined)).to.match(/no proof/);
  });

  it('E1-ids a proof in any order is taken within 1,024 of the newest, and not behind', () => {
    const { prover, checker } = ends();
    const proofs = Array.from({ length: 1_026 }, () => prover.prove('child'));
    const problems = [1_025, 2, 1, 0].map((at) => checker.problemWith('child', proofs[at]));
    expect(problems.map((problem) => problem === undefined)).to.deep.equal([
      true,
      true,
      false,
      false,
    ]);
  });

  it('E1-ids a proof that is judged in vain tells nothing, whatever it is', () => {
    const forged = new Prover(sessionKey(Buffer.alloc(16), Buffer.alloc(32)), 0n, random);
    for (const proof of [undefined, forged.prove('child'), ends().prover.prove('child')]) {
      expect(judgeInVain('child', proof)).to.equal(undefined);
    }
  });

  it('E1-ids a proof that is judged in vain costs as much as one that is found wrong', async () => {
    const work = (judge: () => void): Promise<string[]> =>
      callsOf([[crypto, ['createHmac', 'timingSafeEqual']]], judge);
    const { checker } = ends();
    const proof = ends().prover.prove('child');
    const wrong = await work(() => void checker.problemWith('child', proof));
    expect(wrong).to.deep.equal(['createHmac', 'timingSafeEqual']);
    expect(await work(() => judgeInVain('child', proof))).to.deep.equal(wrong);
    expect(await work(() => judgeInVain('child', undefined))).to.deep.equal([]);
  });

  it('E1-ids a child of a later connection of the session proves that connection', () => {
    const { prover, checker } = ends();
    const proof = prover.prove('child', 9n);
    expect(checker.problemWith('child', proof)).to.match(/wrong/);
    expect(checker.problemWith('child', proof, 8n)).to.match(/wrong/);
    expect(checker.problemWith('child', proof, 9n)).to.equal(undefined);
  });

  it('E1-ids one counter serves all proofs of a session, whatever they prove', () => {
    const { prover, checker } = ends();
    const resume = prover.prove('resume');
    const child = prover.prove('child', 9n);
    expect([resume.counter, child.counter]).to.deep.equal([1, 2]);
    expect(checker.problemWith('resume', resume)).to.equal(undefined);
    expect(checker.problemWith('resume', resume)).to.match(/used before/);
    expect(checker.problemWith('child', child, 9n)).to.equal(undefined);
  });

  it('E1-ids a late resume with a lower counter loses to a newer one', () => {
    const { prover, checker } = ends();
    const [older, newer] = [prover.prove('resume'), prover.prove('resume')];
    expect(checker.problemWith('resume', newer)).to.equal(undefined);
    expect(checker.acceptResume(newer)).to.equal(true);
    expect(checker.problemWith('resume', older)).to.match(/a newer resume/);
    expect(checker.problemWith('resume', prover.prove('resume'))).to.equal(undefined);
  });

  it('E1-ids of two resumes whose clients are judged at once, the newer one wins', () => {
    for (const order of ['older first', 'newer first']) {
      const { prover, checker } = ends();
      const [older, newer] = [prover.prove('resume'), prover.prove('resume')];
      const problems = [older, newer].map((proof) => checker.problemWith('resume', proof));
      expect(problems).to.deep.equal([undefined, undefined]);
      const inTurn = order === 'older first' ? [older, newer] : [newer, older];
      const accepted = inTurn.filter((proof) => checker.acceptResume(proof));
      expect(accepted, order).to.deep.equal(order === 'older first' ? [older, newer] : [newer]);
    }
  });

  it('E1-ids an old child may still prove itself behind an accepted resume', () => {
    const { prover, checker } = ends();
    const child = prover.prove('child');
    const resume = prover.prove('resume');
    expect(checker.problemWith('resume', resume)).to.equal(undefined);
    expect(checker.acceptResume(resume)).to.equal(true);
    expect(checker.problemWith('child', child)).to.equal(undefined);
  });

  it('E1-ids the server’s answer is the HMAC of what PROTOCOL.md says', () => {
    const id = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
    const secret = Buffer.alloc(32, 0x5e);
    const key = sessionKey(id, secret);
    const proof = new Prover(key, 1n, { bytes: (n) => Buffer.alloc(n, 9) }).prove('resume');
    const message = Buffer.concat([
      Buffer.from('resumed'),
      id,
      hex('01003e9dc0221a4f'),
      hex('0100000000000000'),
      Buffer.alloc(16, 9),
    ]);
    const mac = createHmac('sha256', secret).update(message).digest();
    expect(new ProofChecker(key, 1n).answer(PARENT_ID, proof)).to.deep.equal(mac);
  });

  it('E1-ids a client takes the answer of its own server alone, for its proof and connection', () => {
    const { prover, checker } = ends();
    const [proof, other] = [prover.prove('resume'), prover.prove('resume')];
    const mac = checker.answer(7n, proof);
    expect(prover.isAnsweredBy(mac, 7n, proof)).to.equal(true);
    expect(prover.isAnsweredBy(mac, 8n, proof)).to.equal(false);
    expect(prover.isAnsweredBy(mac, 7n, other)).to.equal(false);
    expect(prover.isAnsweredBy(proof.mac, PARENT_ID, proof)).to.equal(false);
    expect(prover.isAnsweredBy(ends().checker.answer(7n, proof), 7n, proof)).to.equal(false);
    for (let bit = 0; bit < 256; bit++) {
      expect(prover.isAnsweredBy(flipped(mac, bit), 7n, proof), `bit ${bit}`).to.equal(false);
    }
  });

  it('E1-ids the client compares the answer in constant time', async () => {
    const { prover, checker } = ends();
    const proof = prover.prove('resume');
    const mac = checker.answer(7n, proof);
    for (const given of [mac, flipped(mac, 0)]) {
      const work = await callsOf(
        [[crypto, ['createHmac', 'timingSafeEqual']]],
        () => void prover.isAnsweredBy(given, 7n, proof),
      );
      expect(work).to.deep.equal(['createHmac', 'timingSafeEqual']);
    }
  });

  it('E1-log never shows the secret of a session', () => {
    const secret = Buffer.alloc(32, 0x41);
    const key = sessionKey(Buffer.alloc(16, 1), secret);
    const shown = inspect(
      { key, checker: new ProofChecker(key, 1n) },
      { depth: 9, showHidden: true },
    );
    for (const text of [shown, JSON.stringify(key), inspect(key.secret)]) {
      expect(text).not.to.match(/AAAA|41 41|4141|65, ?65/);
    }
  });
});
