import {
  decodeExtension,
  encodeExtension,
} from '../../../../lib/connection/handshake/extension.ts';
import { type Proof, Prover } from '../../../../lib/connection/handshake/proof.ts';
import { methodVerb } from '../../../../lib/service/frame/method-name.ts';
import type { NodeProcess } from '../../../../lib/simulation/world/node.ts';
import type { Features } from '../../../../lib/wire/feature.ts';
import type { MainMessage } from '../../../../lib/wire/main-message.ts';
import { bare, MAIN_VERB, mainPayload, request } from './frames.ts';
import { RawSocket } from './raw-socket.ts';
import { takeReplies } from './readers.ts';

const SERVER = 'server';
const PORT = 1;

/** An offer of a client that compresses nothing. */
const BARE: Features = Object.freeze({ hasTimeout: false, hasHandlerDuration: false });

export type OnMessage = (message: MainMessage) => void;

/** The verb of a method of the worlds' service. */
export function verbOf(method: string): bigint {
  return methodVerb(`world/${method}`);
}

/** The server is told when so many have come. */
const RECEIVED_FRAMES = 500;

/** A main connection of a hostile client, negotiated as it should be, and its children. */
export class ClientSession {
  /** Of the main connection. */
  readonly id: bigint;
  readonly main: RawSocket;
  /** Whether everything that was sent so far keeps to the rules. */
  isLawful = true;
  readonly #running: NodeProcess;
  readonly #prover: Prover;
  readonly #children: RawSocket[] = [];
  readonly #listeners = new Set<OnMessage>();
  readonly #onReply = new Map<number, (payload: Buffer) => void>();
  readonly #isMute: boolean;
  #hasLeft = false;
  /** Replies and messages of the server that have come. */
  #received = 0;
  #lastMessageId = 0;
  #lastNumber = 0;

  private constructor(running: NodeProcess, main: RawSocket, answer: Features, isMute: boolean) {
    const { session } = decodeExtension(answer.extension ?? Buffer.alloc(0));
    if (session === undefined) throw new Error('the server has given no session');
    this.#running = running;
    this.id = answer.connectionId ?? 0n;
    this.main = main;
    this.#prover = new Prover(session, this.id, running.dice);
    this.#isMute = isMute;
    const take = takeReplies(
      (message) => this.#onMessage(message),
      (messageId, payload) => this.#onReply.get(messageId)?.(payload),
    );
    main.read((bytes) => {
      const isTaken = take(bytes);
      if (isTaken) this.#count();
      return isTaken;
    });
  }

  /** Undefined if the server lets nobody in now. */
  static async open(running: NodeProcess, isMute: boolean): Promise<ClientSession | undefined> {
    const main = await dial(running);
    main?.negotiate({ ...BARE, extension: encodeExtension() });
    const answer = await main?.negotiation();
    if (main === undefined) return undefined;
    if (answer === undefined) {
      main.destroy();
      return undefined;
    }
    return new ClientSession(running, main, answer, isMute);
  }

  get nextMessageId(): number {
    return ++this.#lastMessageId;
  }

  /** The number of a stream in a value. */
  get nextNumber(): number {
    return (this.#lastNumber += 2);
  }

  prove(): Proof {
    return this.#prover.prove('child');
  }

  listen(listener: OnMessage): void {
    this.#listeners.add(listener);
  }

  /** The call of this id has a result. */
  onReply(messageId: number, listener: (payload: Buffer) => void): void {
    this.#onReply.set(messageId, listener);
  }

  /** Calls a method of the service, and returns the id of the call. */
  call(method: string, ...args: readonly unknown[]): number {
    const messageId = this.nextMessageId;
    this.main.write(request(verbOf(method), messageId, bare(...args)));
    return messageId;
  }

  tell(...messages: readonly MainMessage[]): void {
    this.tellBytes(...messages.map((message) => mainPayload(message)));
  }

  tellBytes(...payloads: readonly Buffer[]): void {
    this.main.write(...payloads.map((payload) => request(MAIN_VERB, this.nextMessageId, payload)));
  }

  /** A lane that is negotiated as it should be. Undefined if it is refused. */
  async openLane(): Promise<RawSocket | undefined> {
    return this.join(encodeExtension({ proof: this.prove(), isLane: true }));
  }

  /** A child with this record. Undefined if it is refused. */
  async join(
    extension: Buffer | undefined,
    parent: bigint = this.id,
  ): Promise<RawSocket | undefined> {
    const joined = await this.joinAnyway(extension, parent);
    return joined?.answer === undefined ? undefined : joined.child;
  }

  /** A child, and the server's answer to it. */
  async joinAnyway(
    extension: Buffer | undefined,
    parent: bigint,
  ): Promise<{ child: RawSocket; answer: Features | undefined } | undefined> {
    const child = await this.dialBare();
    if (child === undefined) return undefined;
    child.negotiate({ ...BARE, streamParent: parent, extension });
    return { child, answer: await child.negotiation() };
  }

  /** A connection that does not even negotiate. */
  async dialBare(): Promise<RawSocket | undefined> {
    const child = await dial(this.#running);
    if (child !== undefined) this.#children.push(child);
    if (this.#hasLeft) child?.destroy();
    return child;
  }

  /** Leaves without a word. */
  destroy(): void {
    this.#hasLeft = true;
    this.main.destroy();
    for (const child of this.#children) child.destroy();
  }

  /** A server that is not told keeps messages for the next connection, up to a bound. */
  #count(): void {
    const position = ++this.#received;
    if (position % RECEIVED_FRAMES === 0) this.tell({ kind: 'received', position });
  }

  #onMessage(message: MainMessage): void {
    if (message.kind === 'ping' && !this.#isMute) {
      this.tell({ kind: 'pong', number: message.number });
    }
    for (const listener of this.#listeners) listener(message);
  }
}

async function dial(running: NodeProcess): Promise<RawSocket | undefined> {
  const socket = await running.dial(SERVER, PORT).catch(() => undefined);
  return socket === undefined ? undefined : new RawSocket(socket);
}
