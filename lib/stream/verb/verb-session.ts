import type { Environment } from '../../settings/environment.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import type { Leaks } from '../half/leaks.ts';
import type { KeptMemory } from '../resume/kept-memory.ts';
import type { StreamLane } from './stream-lane.ts';
import type { VerbReading } from './verb-reading.ts';

/** The session that a stream belongs to. */
export interface VerbSession<S> {
  readonly environment: Environment;
  readonly leaks: Leaks;
  /** Counts what its streams keep. */
  readonly memory: KeptMemory;
  tellPeer(message: MainMessage): void;
  /** Tells the producer how far the reading has come: soon, with those of other streams. */
  acknowledge(reading: VerbReading): void;
  /** Nothing is left to be told of the reading. */
  leave(reading: VerbReading): void;
  /** The stream has lost its connection. */
  onParted(stream: S): void;
  /** Both directions are over, and the peer knows it or will. */
  onOver(stream: S): void;
  /** The stream has this connection. */
  onOpened(lane: StreamLane, stream: S): void;
  /** One of its connections is closed. */
  onClosed(lane: StreamLane): void;
}
