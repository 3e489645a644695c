import type { Extension } from '../../connection/handshake/extension.ts';
import { peerName } from '../../connection/link/peer-name.ts';
import { judgeInVain, type Proof } from '../../connection/handshake/proof.ts';
import type { LoggerSlot } from '../../diagnostics/logger.ts';
import type { Peer } from '../../transport/transport.ts';
import type { ServerSession } from '../server/server-session.ts';
import { isSamePrincipal } from '../server/principal-expiry.ts';

/** A session, as the judge of a resume sees it. */
export type JudgedSession = Pick<
  ServerSession,
  'firstId' | 'proofs' | 'principal' | 'peer' | 'canResumeAt'
>;

/** A resume with a right proof. */
export interface ResumeAttempt<S extends JudgedSession = ServerSession> {
  readonly session: S;
  readonly proof: Proof;
  /** The frames that the client has received in the session. */
  readonly received: number;
}

/**
 * Decides whether a client may go on with a session. A client that may not is not told so, and costs
 * as much work: it is answered as a new one. Only our log has the reason.
 */
export class Resumes<S extends JudgedSession> {
  readonly #log: LoggerSlot;
  readonly #find: (id: Uint8Array) => S | undefined;

  /** @param find - returns the session with this id, unless it is over. */
  constructor(log: LoggerSlot, find: (id: Uint8Array) => S | undefined) {
    this.#log = log;
    this.#find = find;
  }

  /**
   * Judges the proof of a client that wants to resume, and uses it up. Undefined if it does not want
   * to, or may not.
   */
  begin(peer: Peer, extension: Extension | undefined): ResumeAttempt<S> | undefined {
    const { resume, proof } = extension ?? {};
    if (resume === undefined) return undefined;
    const session = this.#find(resume.sessionId);
    if (session?.proofs === undefined) {
      judgeInVain('resume', proof);
      return this.#refuse(peer, 'it is unknown, or over');
    }
    const problem = session.proofs.problemWith('resume', proof);
    if (problem !== undefined || proof === undefined) return this.#refuse(peer, problem ?? '');
    if (resume.firstId !== session.firstId) return this.#refuse(peer, 'it began elsewhere');
    return { session, proof, received: resume.received };
  }

  /**
   * Accepts the resume of a client that was authenticated meanwhile. Returns whether it did; if not,
   * the session is as before.
   */
  accept(attempt: ResumeAttempt<S>, peer: Peer, principal: unknown): boolean {
    const problem = problemWith(attempt, peer, principal);
    if (problem !== undefined) this.#refuse(peer, problem);
    return problem === undefined;
  }

  #refuse(peer: Peer, problem: string): undefined {
    this.#log.write('warn', peerName('client', peer), `a session was not resumed: ${problem}`);
    return undefined;
  }
}

/** Accepts the proof if there is no problem. */
function problemWith(
  { session, proof, received }: ResumeAttempt<JudgedSession>,
  peer: Peer,
  principal: unknown,
): string | undefined {
  if (!isSamePrincipal(principal, session.principal)) return 'the principal is another one';
  if (peer.tls?.fingerprint256 !== session.peer.tls?.fingerprint256) {
    return 'the identity in TLS is another one';
  }
  if (!session.canResumeAt(received)) return 'it is over, or can’t go on where the client stopped';
  return session.proofs?.acceptResume(proof) === true ? undefined : 'a newer resume was accepted';
}
