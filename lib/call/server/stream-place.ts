import type { AgreedWithId } from '../../connection/handshake/agreed.ts';
import type { ChildStream } from '../../connection/handshake/resume-record.ts';
import type { Link } from '../../connection/link/link.ts';
import { ClosedError, ProtocolError } from '../../errors/errors.ts';
import type { Parent } from '../../stream/half/parent.ts';
import type { MakeLane, PeerPoint } from '../../stream/verb/moving-stream.ts';
import { StreamLane } from '../../stream/verb/stream-lane.ts';
import type { VerbStream } from '../../stream/verb/verb-stream.ts';
import type { VerbStreams } from '../../stream/verb/verb-streams.ts';

/** What becomes of a child that is to carry a resumable stream. */
export interface StreamPlace {
  /** The field of the answer; undefined if the stream is lost. */
  readonly answer: ChildStream | undefined;
  /** The client was answered: takes the link over, with the bytes that came behind its offer. */
  start(link: Link, agreed: AgreedWithId, rest: Buffer): void;
}

const LOST: StreamPlace = {
  answer: undefined,
  start: (link) => link.close(new ClosedError('the stream is not known', 'local')),
};

/** Finds the place of a child by its record. @throws ClosedError if its stream has gone on elsewhere. */
export function placeOf(streams: VerbStreams, parent: Parent, record: ChildStream): StreamPlace {
  const { id, taken = 0, attempt = 0 } = record;
  if (id === undefined) return placeOfNew(streams, parent);
  const stream = streams.get(id);
  return stream === undefined ? LOST : placeOfKnown(stream, parent, { taken, attempt });
}

function placeOfNew(streams: VerbStreams, parent: Parent): StreamPlace {
  return {
    answer: { taken: 0 },
    start: (link, agreed, rest) => {
      streams.add(agreed.connectionId, laneMaker(link, agreed, parent)).start(rest);
    },
  };
}

function placeOfKnown(stream: VerbStream, parent: Parent, point: PeerPoint): StreamPlace {
  switch (stream.judge(point)) {
    case 'stale':
      throw new ClosedError('the stream has gone on on another connection', 'remote');
    case 'lost':
      stream.lose(new ProtocolError('the peer took messages that were not sent', 'stream'));
      return LOST;
    case 'fits':
      // From here on nothing more is taken of the old connection.
      stream.part(new ClosedError('the stream goes on on another connection', 'remote'));
      return {
        answer: { taken: stream.receivedMessages },
        start: (link, agreed, rest) => {
          stream.goOn(laneMaker(link, agreed, parent), rest, point);
        },
      };
  }
}

function laneMaker(link: Link, agreed: AgreedWithId, parent: Parent): MakeLane {
  return (stream) => new StreamLane(link, agreed, parent, stream);
}
