import { systemRandom } from '../../lib/base/random.ts';
import { MAIN_MESSAGE_VERB } from '../../lib/call/common/main-messages.ts';
import {
  decodeExtension,
  encodeExtension,
  type Extension,
} from '../../lib/connection/handshake/extension.ts';
import { type Proof, Prover, type SessionKey } from '../../lib/connection/handshake/proof.ts';
import { decodeException, type ExceptionBody } from '../../lib/wire/exception-body.ts';
import {
  decodeMainMessage,
  encodeMainMessage,
  type MainMessage,
} from '../../lib/wire/main-message.ts';
import type { ChildStream } from '../../lib/connection/handshake/resume-record.ts';
import type { Features } from '../../lib/wire/feature.ts';
import { NO_FEATURES, RawPeer } from './raw-peer.ts';
import { decodeNegotiation } from './scripted-peer.ts';
import { requestBytes } from './wire-bytes.ts';

const VERSION = 3;

/** What the record of a client says beside what it has to; what is given wins. */
export interface ResumeParts extends Partial<Omit<Extension, 'version'>> {
  /** The frames that it says that it has received. */
  readonly received?: number;
  readonly features?: Partial<Features>;
}

/** The session of a client of version 3 that a test plays. */
export class RawSession {
  readonly key: SessionKey;
  readonly firstId: bigint;
  readonly prover: Prover;
  /** The frames that have come from the server. */
  received = 0;
  /** The last message id that was used. */
  lastId = 0;

  constructor(key: SessionKey, firstId: bigint) {
    this.key = key;
    this.firstId = firstId;
    this.prover = new Prover(key, firstId, systemRandom());
  }

  /** The record of a client that wants to go on. */
  resume(parts: ResumeParts = {}): Partial<Extension> & { readonly proof: Proof | undefined } {
    const { received = this.received, features: _, ...fields } = parts;
    const proof = 'proof' in parts ? parts.proof : this.prover.prove('resume');
    const resume = { sessionId: this.key.id, firstId: this.firstId, received };
    return { resume, ...fields, proof };
  }
}

/** A frame that has come. */
export interface RawReply {
  /** The call that it answers; 0 for a main message. */
  readonly call: number;
  readonly payload: Buffer;
  readonly exception?: ExceptionBody | undefined;
  readonly message?: MainMessage | undefined;
}

/** A child with a resumable stream. */
export interface RawChild {
  readonly peer: RawPeer;
  readonly id: bigint;
  readonly stream: ChildStream | undefined;
}

/** A main connection of such a client. */
export class RawMain {
  readonly peer: RawPeer;
  readonly id: bigint;
  readonly answer: Extension;
  /** The session that it has now: the old one if it was resumed, else a new one. */
  readonly session: RawSession;

  private constructor(peer: RawPeer, features: Features, session?: RawSession) {
    const { connectionId, extension } = features;
    this.peer = peer;
    this.answer = decodeExtension(extension ?? Buffer.alloc(0), VERSION);
    if (connectionId === undefined) throw new Error('the server gave no id');
    this.id = connectionId;
    const { session: key } = this.answer;
    if (key === undefined && session === undefined) throw new Error('the server gave no session');
    this.session = key === undefined ? session! : new RawSession(key, connectionId);
  }

  static async begin(port: number, parts: ResumeParts = {}): Promise<RawMain> {
    const { features, received: _, ...fields } = parts;
    const { peer, answer } = await dial(port, fields, features);
    return new RawMain(peer, answer);
  }

  static async resume(port: number, session: RawSession, parts: ResumeParts): Promise<RawMain> {
    const { peer, answer } = await dial(port, session.resume(parts), parts.features);
    return new RawMain(peer, answer, session);
  }

  get isResumed(): boolean {
    return this.answer.resumed !== undefined;
  }

  /** A lane of this connection. */
  async lane(port: number): Promise<RawPeer> {
    const proof = this.session.prover.prove('child', this.id);
    const features = { streamParent: this.id };
    return (await dial(port, { proof, isLane: true }, features)).peer;
  }

  /** A child of this connection for the resumable stream of that record; `stream` is the server's answer. */
  async child(port: number, record: ChildStream): Promise<RawChild> {
    const proof = this.session.prover.prove('child', this.id);
    const { peer, answer } = await dial(port, { proof, stream: record }, { streamParent: this.id });
    const { stream } = decodeExtension(answer.extension ?? Buffer.alloc(0), VERSION);
    return { peer, id: answer.connectionId ?? 0n, stream };
  }

  /** Sends a call, and returns its id. */
  call(verb: number, payload: Uint8Array = Buffer.alloc(0)): number {
    const messageId = ++this.session.lastId;
    this.peer.write(requestBytes(verb, BigInt(messageId), payload));
    return messageId;
  }

  tell(message: MainMessage): void {
    const messageId = ++this.session.lastId;
    this.peer.write(requestBytes(MAIN_MESSAGE_VERB, BigInt(messageId), encodeMainMessage(message)));
  }

  /** The list of the calls that it still waits for. */
  listCalls(...messageIds: number[]): void {
    this.tell({ kind: 'calls-pending', messageIds });
  }

  /** The next frame from the server. */
  async take(): Promise<RawReply> {
    const { messageId, payload } = await this.peer.takeReply();
    this.session.received++;
    const call = Math.abs(Number(messageId));
    if (messageId === 0n)
      return { call, payload, message: decodeMainMessage(payload, 'server', true) };
    return {
      call,
      payload,
      exception: messageId < 0n ? decodeException(payload, true) : undefined,
    };
  }

  /** The next reply, behind main messages of whatever kind. */
  async takeReply(): Promise<RawReply> {
    for (;;) {
      const reply = await this.take();
      if (reply.call !== 0) return reply;
    }
  }

  /** The server has dealt with all that was sent so far. */
  async settle(): Promise<void> {
    this.tell({ kind: 'ping', number: 1 });
    while ((await this.take()).message?.kind !== 'pong');
  }
}

async function dial(
  port: number,
  fields: Partial<Extension>,
  features: Partial<Features> = {},
): Promise<{ readonly peer: RawPeer; readonly answer: Features }> {
  const extension = encodeExtension({ version: VERSION, ...fields });
  const peer = await RawPeer.connect(port, null);
  peer.negotiate({ ...NO_FEATURES, ...features, extension });
  try {
    return { peer, answer: decodeNegotiation(await peer.takeNegotiation()) };
  } catch (error) {
    await peer.destroy();
    throw error;
  }
}
