import { decodeExtension } from '../../../../lib/connection/handshake/extension.ts';
import type { NodeProcess } from '../../../../lib/simulation/world/node.ts';
import type { TransportSocket } from '../../../../lib/transport/transport.ts';
import type { Features } from '../../../../lib/wire/feature.ts';
import type { LaneFrame } from '../../../../lib/wire/lane-frame.ts';
import type { MainMessage } from '../../../../lib/wire/main-message.ts';
import { EOS } from '../../../../lib/wire/stream-frame.ts';
import type { HostileServer, ServerMove } from '../../plan/hostile.ts';
import { type Answers, sendAnswer } from './answer-lies.ts';
import { verbOf } from './client-session.ts';
import {
  bare,
  childrenIn,
  childStream,
  mainPayload,
  reply,
  streamsIn,
  tuple,
  valueStream,
} from './frames.ts';
import { greet } from './greetings.ts';
import { messagePayloads } from './message-lies.ts';
import { RawSocket } from './raw-socket.ts';
import { takeLaneFrames, takeRequests } from './readers.ts';
import { sendLie } from './stream-lies.ts';
import { readChild, writeChild } from './verb-child.ts';

const PORT = 1;
const ITEMS = 3;
const PAD = Buffer.alloc(10);
const ECHO = verbOf('echo');
const UP = verbOf('up');
/** Of `VERB_UP` and `VERB_DOWN`, which tell nobody their numbers. */
const VERB_UP_NUMBER = 101n;
const VERB_DOWN_NUMBER = 102n;
const RIGHT: ServerMove = { answer: 'right', stream: 'right', reader: 'right', messages: [] };

/** A server that lets clients in, and does what its plan says. */
export class HostileListener {
  readonly #running: NodeProcess;
  readonly #plan: HostileServer;
  readonly #sockets: RawSocket[] = [];
  /** What happens to the client's streams, by their numbers. */
  readonly #uploads = new Map<number, ServerMove>();
  /** What happens on the streams that were offered to the client, by their numbers. */
  readonly #downloads = new Map<number, ServerMove>();
  /** The connections of verbs' streams, by their ids. */
  readonly #children = new Map<bigint, RawSocket>();
  #main: RawSocket | undefined;
  #hasLeft = false;
  #calls = 0;
  #lastNumber = 0;
  #lastId = 0n;

  constructor(running: NodeProcess, plan: HostileServer) {
    this.#running = running;
    this.#plan = plan;
  }

  async listen(): Promise<void> {
    const endpoint = { port: PORT, noDelay: true, keepAliveDelayMs: 0 };
    await this.#running.surroundings.network.listen(endpoint, {
      onSocket: (socket) => void this.#accept(socket),
      onError: () => {},
    });
  }

  /** Leaves without a word. */
  destroy(): void {
    this.#hasLeft = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  async #accept(accepted: TransportSocket): Promise<void> {
    const socket = new RawSocket(accepted);
    this.#sockets.push(socket);
    if (this.#hasLeft) socket.destroy();
    const offer = await socket.negotiation();
    if (offer === undefined) return;
    const { dice } = this.#running;
    const { greeting, childGreeting } = this.#plan;
    const isChild = offer.streamParent !== undefined;
    this.#lastId += 0x1_0000n;
    const lie = isChild ? childGreeting : greeting;
    if (!greet(socket, lie, this.#lastId, dice, isChild)) return;
    if (!isChild) this.#readMain(socket);
    else if (isLaneOffer(offer)) this.#readLane(socket);
    else this.#children.set(this.#lastId, socket);
  }

  #readMain(main: RawSocket): void {
    this.#main = main;
    main.read(
      takeRequests(
        (message) => this.#onMessage(main, message),
        (id, verb, payload) => this.#onCall(main, id, verb, payload),
      ),
    );
  }

  #onMessage(main: RawSocket, message: MainMessage): void {
    if (message.kind !== 'ping' || this.#plan.isMute) return;
    tell(main, { kind: 'pong', number: message.number });
  }

  #onCall(main: RawSocket, id: number, verb: bigint, payload: Buffer): void {
    const move = this.#plan.moves[this.#calls++ % this.#plan.moves.length] ?? RIGHT;
    for (const messages of move.messages) {
      main.write(...messagePayloads(messages).map((bytes) => reply(0, bytes)));
    }
    if (verb === VERB_UP_NUMBER || verb === VERB_DOWN_NUMBER) {
      this.#onVerb(main, id, verb, payload, move);
      return;
    }
    for (const number of streamsIn(payload)) this.#ask(main, number, move);
    sendAnswer(main, move.answer, id, this.#answersTo(verb, move));
  }

  #onVerb(main: RawSocket, id: number, verb: bigint, payload: Buffer, move: ServerMove): void {
    const [childId = 0n] = childrenIn(payload);
    const isUp = verb === VERB_UP_NUMBER;
    sendAnswer(main, move.answer, id, {
      right: tuple(isUp ? true : childStream(childId)),
      withNumber: (number) => tuple(childStream(BigInt(number))),
    });
    const child = this.#children.get(childId);
    if (child === undefined) return;
    readChild(child, childId, move, (...messages) => {
      for (const message of messages) tell(main, message);
    });
    if (!isUp || move.reader === 'writes') writeChild(child, move, ITEMS);
  }

  #answersTo(verb: bigint, move: ServerMove): Answers {
    if (verb === ECHO) {
      const right = bare({ id: 0, pad: PAD });
      return { right, withNumber: (number) => bare({ id: 0, pad: valueStream(number) }) };
    }
    if (verb === UP)
      return { right: bare(ITEMS), withNumber: (number) => bare(valueStream(number)) };
    this.#lastNumber += 2;
    this.#downloads.set(this.#lastNumber, move);
    this.#downloads.set(0, move);
    return {
      right: bare(valueStream(this.#lastNumber)),
      withNumber: (number) => bare(valueStream(number)),
    };
  }

  /** Asks for a stream of the client, and lies about it. */
  #ask(main: RawSocket, number: number, move: ServerMove): void {
    const { reader } = move;
    this.#uploads.set(number, move);
    if (reader === 'taken-first') tell(main, { kind: 'stream-taken', number });
    tell(main, { kind: 'stream-open', number });
    if (reader === 'open-twice') tell(main, { kind: 'stream-open', number });
  }

  #readLane(lane: RawSocket): void {
    let number = 0;
    lane.read(
      takeLaneFrames((frame) => {
        if (frame === EOS) this.#onTaken(number);
        else if (!Buffer.isBuffer(frame)) number = this.#onAttach(lane, frame) ?? number;
      }),
    );
  }

  /** A stream begins, in either direction. Returns its number. */
  #onAttach(lane: RawSocket, frame: LaneFrame): number | undefined {
    if (frame.type === 'consume') {
      const move = this.#downloads.get(frame.number) ?? RIGHT;
      sendLie(lane, move.stream, ITEMS);
      return undefined;
    }
    if (frame.type !== 'produce') return undefined;
    const { number } = frame;
    const reader = this.#uploads.get(number)?.reader ?? 'right';
    const main = this.#main;
    if (reader === 'silent') lane.pause();
    else if (reader === 'reset') lane.reset();
    else if (reader === 'writes') sendLie(lane, 'right', ITEMS);
    else if (reader.startsWith('cancel') && main !== undefined) {
      const cancel = { kind: 'stream-cancel', number, reason: Buffer.alloc(0) } as const;
      tell(main, cancel);
      if (reader === 'cancel-twice') tell(main, cancel);
    }
    return number;
  }

  /** A stream of the client has come to its end. */
  #onTaken(number: number): void {
    const main = this.#main;
    const reader = this.#uploads.get(number)?.reader ?? 'right';
    if (main === undefined || reader === 'taken-never') return;
    tell(main, { kind: 'stream-taken', number });
    if (reader === 'taken-twice') tell(main, { kind: 'stream-taken', number });
    if (reader === 'open-after-end') tell(main, { kind: 'stream-open', number });
  }
}

function isLaneOffer({ extension }: Features): boolean {
  return extension !== undefined && decodeExtension(extension).isLane === true;
}

function tell(main: RawSocket, message: MainMessage): void {
  main.write(reply(0, mainPayload(message)));
}
