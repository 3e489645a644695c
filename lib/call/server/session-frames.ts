import { ReceivedFrames } from '../../wire/frame-positions.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import { SentLog } from '../resume/sent-log.ts';
import type { FrameNotes } from './request-reader.ts';

/** The frames of a session that can outlive its connections, in both directions. */
export class SessionFrames implements FrameNotes {
  readonly sent: SentLog;
  readonly #received = new ReceivedFrames();
  readonly #tellPeer: (message: MainMessage) => void;

  /**
   * @param maxReplyBytes - memory for kept replies.
   * @param maxPromised - streams in values that may be promised in one direction.
   * @param tellPeer - tells the client how much has come.
   */
  constructor(
    maxReplyBytes: number,
    maxPromised: number,
    tellPeer: (message: MainMessage) => void,
  ) {
    this.sent = new SentLog(maxReplyBytes, maxPromised);
    this.#tellPeer = tellPeer;
  }

  get position(): number {
    return this.#received.position;
  }

  onFrame(messageId: number, frameBytes: number): void {
    const received = this.#received;
    // Ids may come again where a compatibility option allows it.
    received.receive(frameBytes, Math.max(messageId, received.position));
    if (received.isDue) this.#tellPeer({ kind: 'received', position: received.tell() });
  }
}
