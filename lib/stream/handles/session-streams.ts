import type { Environment } from '../../settings/environment.ts';
import type { Leaks } from '../half/leaks.ts';
import type { Parent } from '../half/parent.ts';
import type { KeptMemory } from '../resume/kept-memory.ts';
import { ValueStreams } from '../value/value-streams.ts';
import { VerbStreams } from '../verb/verb-streams.ts';

/** The streams of one session, which may outlive its connections: those in values, and resumable ones of verbs. */
export class SessionStreams {
  readonly leaks: Leaks;
  readonly valueStreams: ValueStreams;
  readonly verbStreams: VerbStreams;

  constructor(environment: Environment, leaks: Leaks) {
    this.leaks = leaks;
    this.valueStreams = new ValueStreams(environment, leaks);
    this.verbStreams = new VerbStreams(environment, leaks, this.memory);
  }

  /** Whether all are over. */
  get isEmpty(): boolean {
    return this.valueStreams.isEmpty && this.verbStreams.isEmpty;
  }

  /** Counts what both kinds keep. */
  get memory(): KeptMemory {
    return this.valueStreams.memory;
  }

  /** Keeps what they tell while there is no connection. */
  set awayPeer(peer: Pick<Parent, 'tellPeer'>) {
    this.valueStreams.awayPeer = peer;
    this.verbStreams.awayPeer = peer;
  }

  /** The connection is lost. They wait for the next one. */
  detach(): void {
    this.valueStreams.detach();
    this.verbStreams.detach();
  }

  /** The session is over. */
  end(cause: unknown): void {
    this.valueStreams.end(cause);
    this.verbStreams.end(cause);
  }
}
