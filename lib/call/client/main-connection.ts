import type { UnderWay } from '../../base/under-way.ts';
import type { Agreed } from '../../connection/handshake/agreed.ts';
import type { Link } from '../../connection/link/link.ts';
import type { StatValues } from '../../diagnostics/stats.ts';
import type { Environment } from '../../settings/environment.ts';
import type { SessionFrames } from './session-frames.ts';
import type { Children } from '../../stream/handles/children.ts';

/** One main connection to a server, as all parts that serve it see it. */
export interface MainConnection {
  readonly environment: Environment;
  readonly link: Link;
  readonly agreed: Agreed;
  /** The streams that values may name. */
  readonly children: Children;
  readonly stats: StatValues;
  /** Counts calls, verbs' streams, lanes and streams in values. */
  readonly underWay: UnderWay;
  /** The counts of its session. */
  readonly frames: SessionFrames;
}
