import crypto from 'node:crypto';

import { expect } from 'chai';

import { systemRandom } from '../../../lib/base/random.ts';
import { type JudgedSession, Resumes } from '../../../lib/call/door/resumes.ts';
import type { Extension } from '../../../lib/connection/handshake/extension.ts';
import { makeSessionKey, ProofChecker, Prover } from '../../../lib/connection/handshake/proof.ts';
import { LoggerSlot } from '../../../lib/diagnostics/logger.ts';
import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import type { Peer } from '../../../lib/transport/transport.ts';
import { callsOf } from '../../support/calls-of.ts';
import { CollectedLog } from '../../support/collected-log.ts';

const FIRST_ID = 7n;
const RECEIVED = 3;

function peerOf(address: string, fingerprint?: string): Peer {
  const tls = fingerprint === undefined ? undefined : { fingerprint256: fingerprint };
  return { address, port: 4711, family: 'IPv4', tls } as Peer;
}

/** A session, and its client. */
class Bench {
  readonly key = makeSessionKey(systemRandom());
  readonly prover = new Prover(this.key, FIRST_ID, systemRandom());
  readonly log = new CollectedLog();
  readonly session: JudgedSession;
  readonly resumes: Resumes<JudgedSession>;

  constructor(own: Partial<JudgedSession> = {}) {
    this.session = {
      firstId: FIRST_ID,
      proofs: new ProofChecker(this.key, FIRST_ID),
      principal: { name: 'ann', roles: ['reader'] },
      peer: peerOf('192.0.2.1', 'AB:CD'),
      canResumeAt: (received) => received === RECEIVED,
      ...own,
    };
    const log = new LoggerSlot(this.log, new ManualClock());
    this.resumes = new Resumes(log, (id) => (this.key.id.equals(id) ? this.session : undefined));
  }

  record(): Extension {
    return {
      version: 3,
      proof: this.prover.prove('resume'),
      resume: { sessionId: this.key.id, firstId: FIRST_ID, received: RECEIVED },
    };
  }

  /** Whether a client with the right proof may go on. */
  accepts(peer: Peer, principal: unknown, extension = this.record()): boolean {
    const attempt = this.resumes.begin(peer, extension);
    return attempt !== undefined && this.resumes.accept(attempt, peer, principal);
  }
}

const ANN = { name: 'ann', roles: ['reader'] };

describe('Resumes', () => {
  it('L17 lets a client go on that has the proof, the principal and the certificate, from any address', () => {
    const bench = new Bench();
    expect(bench.accepts(peerOf('198.51.100.9', 'AB:CD'), ANN)).to.equal(true);
    expect(bench.log.lines).to.deep.equal([]);
  });

  it('L17 asks nothing of a client that does not want to go on', () => {
    const bench = new Bench();
    const { proof } = bench.record();
    for (const extension of [undefined, { version: 3 }, { version: 3, proof }]) {
      expect(bench.resumes.begin(peerOf('192.0.2.1'), extension)).to.equal(undefined);
    }
    expect(bench.log.lines).to.deep.equal([]);
  });

  for (const [what, fingerprint] of [
    ['with another certificate', 'EF:01'],
    ['without its certificate', undefined],
  ] as const) {
    it(`L17 does not let a client go on ${what}, and says so in the log alone`, () => {
      const bench = new Bench();
      expect(bench.accepts(peerOf('192.0.2.1', fingerprint), ANN)).to.equal(false);
      expect(bench.log.lines).to.deep.equal([
        'warn client 192.0.2.1:4711: a session was not resumed: the identity in TLS is another one',
      ]);
    });
  }

  for (const [what, principal] of [
    ['another value', { name: 'bob', roles: ['reader'] }],
    ['less', { name: 'ann' }],
    ['nothing', undefined],
  ] as const) {
    it(`L17 does not let a client go on with ${what} for a principal`, () => {
      const bench = new Bench();
      expect(bench.accepts(peerOf('192.0.2.1', 'AB:CD'), principal)).to.equal(false);
      expect(bench.accepts(peerOf('192.0.2.1', 'AB:CD'), ANN)).to.equal(true);
    });
  }

  it('L17 takes a principal that can’t be looked at for another one', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const bench = new Bench();
    expect(bench.accepts(peerOf('192.0.2.1', 'AB:CD'), proxy)).to.equal(false);
  });

  it('L17 does not let a client go on where it can’t have stopped', () => {
    const bench = new Bench({ canResumeAt: () => false });
    expect(bench.accepts(peerOf('192.0.2.1', 'AB:CD'), ANN)).to.equal(false);
    expect(bench.log.lines[0]).to.match(/can’t go on where the client stopped$/);
  });

  it('L17 has the older of two clients lose whose proofs are both right', () => {
    const bench = new Bench();
    const peer = peerOf('192.0.2.1', 'AB:CD');
    const [older, newer] = [bench.record(), bench.record()];
    const [first, second] = [bench.resumes.begin(peer, older), bench.resumes.begin(peer, newer)];
    expect(bench.resumes.accept(second!, peer, ANN)).to.equal(true);
    expect(bench.resumes.accept(first!, peer, ANN)).to.equal(false);
    expect(bench.log.lines[0]).to.match(/a newer resume was accepted$/);
  });

  it('L17 does the same work for a proof whether there is such a session or not', async () => {
    const bench = new Bench();
    const forger = new Prover(makeSessionKey(systemRandom()), FIRST_ID, systemRandom());
    const workFor = (sessionId: Uint8Array): Promise<string[]> =>
      callsOf([[crypto, ['createHmac', 'timingSafeEqual']]], () => {
        const resume = { sessionId, firstId: FIRST_ID, received: RECEIVED };
        const extension = { version: 3, proof: forger.prove('resume'), resume };
        expect(bench.resumes.begin(peerOf('192.0.2.1'), extension)).to.equal(undefined);
        return Promise.resolve();
      });
    const known = await workFor(bench.key.id);
    expect(known).to.include.members(['createHmac', 'timingSafeEqual']);
    expect(await workFor(Buffer.alloc(16, 1)), 'nobody’s id').to.deep.equal(known);
  });

  it('L17 names no id and no secret in its lines', () => {
    const bench = new Bench();
    const record = bench.record();
    const unknown = { ...record.resume!, sessionId: Buffer.alloc(16, 1) };
    bench.accepts(peerOf('192.0.2.1'), ANN, { ...record, resume: unknown });
    bench.accepts(peerOf('192.0.2.1'), ANN, { ...record, proof: undefined });
    bench.accepts(peerOf('192.0.2.1'), ANN, {
      ...bench.record(),
      resume: { ...record.resume!, firstId: 8n },
    });
    expect(bench.log.lines.map((line) => line.replace(/^.*resumed: /, ''))).to.deep.equal([
      'it is unknown, or over',
      'there is no proof',
      'it began elsewhere',
    ]);
  });
});
