import { makeAcceptor } from '../../lib/api/make-acceptor.ts';
import { resolveCommon } from '../../lib/api/options.ts';
import { Server } from '../../lib/api/server.ts';
import type { ServerOptions } from '../../lib/api/server-options.ts';
import type { Acceptor } from '../../lib/call/door/acceptor.ts';
import type { SessionRegistry } from '../../lib/call/door/session-registry.ts';
import { encodeExtension, type Extension } from '../../lib/connection/handshake/extension.ts';
import type { Proof } from '../../lib/connection/handshake/proof.ts';
import { refusalToldIn } from '../../lib/connection/handshake/refusal.ts';
import type { Refusal } from '../../lib/connection/handshake/resume-record.ts';
import { Services } from '../../lib/service/server/services.ts';
import { ManualClock } from '../../lib/simulation/manual-clock.ts';
import { resolveEndpoint } from '../../lib/transport/endpoint.ts';
import { NegotiationDecoder } from '../../lib/wire/negotiation-frame.ts';
import { CollectedLog } from './collected-log.ts';
import { NO_FEATURES, RawPeer } from './raw-peer.ts';
import { until } from './turns.ts';
import { RawMain, type ResumeParts } from './raw-session.ts';

const HOST = '127.0.0.1';
const VERSION = 3;

/** What a child says. */
interface ChildOffer {
  readonly streamParent: bigint;
  readonly proof: Proof;
}

/** A server of version 3 on a free port of 127.0.0.1, with a clock in hand, and its raw clients. */
export class SessionServer {
  readonly server: Server;
  readonly acceptor: Acceptor;
  readonly clock: ManualClock;
  readonly log: CollectedLog;
  readonly #mains: RawMain[] = [];

  private constructor(server: Server, acceptor: Acceptor, clock: ManualClock, log: CollectedLog) {
    this.server = server;
    this.acceptor = acceptor;
    this.clock = clock;
    this.log = log;
  }

  /** @param version - of the extension that it speaks. */
  static async start(
    options: Partial<ServerOptions> = {},
    version: number = VERSION,
  ): Promise<SessionServer> {
    const clock = new ManualClock();
    const log = new CollectedLog();
    const own: ServerOptions = { host: HOST, port: 0, clock, logger: log, ...options };
    const common = resolveCommon(own);
    const environment = { ...common.environment, extensionVersion: version };
    const spoken = { ...common, environment };
    const acceptor = makeAcceptor(own, spoken);
    const services = new Services(acceptor.core.handlers, environment, []);
    const listener = await spoken.network.listen(resolveEndpoint(own, 'listen'), {
      onHandshake: (handshake) => acceptor.handshakes.begin(handshake),
      onSocket: (socket, handshake) => acceptor.accept(socket, handshake),
      onError: () => {},
    });
    return new SessionServer(
      new Server(spoken, acceptor, services, listener),
      acceptor,
      clock,
      log,
    );
  }

  get sessions(): SessionRegistry {
    return this.acceptor.sessions;
  }

  /** The number of sessions that are away. */
  get away(): number {
    return this.sessions.away().length;
  }

  /** A new client of version 3. */
  async connect(parts: ResumeParts = {}): Promise<RawMain> {
    return this.#add(await RawMain.begin(this.server.address.port, parts));
  }

  /** The client goes on with its session on another connection, or is answered as a new one. */
  async resume(main: RawMain, parts: ResumeParts = {}): Promise<RawMain> {
    return this.#add(await RawMain.resume(this.server.address.port, main.session, parts));
  }

  /** Why a client with this record is refused. */
  async refusal(record: Partial<Extension> = {}): Promise<Refusal | undefined> {
    const peer = await RawPeer.connect(this.server.address.port, null);
    const extension = encodeExtension({ version: VERSION, ...record });
    peer.negotiate({ ...NO_FEATURES, extension });
    const decoder = new NegotiationDecoder();
    decoder.push(await peer.takeAll());
    await peer.destroy();
    if (decoder.next() !== undefined) return undefined;
    const begun = decoder.begun();
    return begun && refusalToldIn(begun, VERSION);
  }

  /** Whether a child of this parent is let in. */
  async isChildTaken({ streamParent, proof }: ChildOffer): Promise<boolean> {
    const peer = await RawPeer.connect(this.server.address.port, null);
    const extension = encodeExtension({ version: VERSION, proof });
    peer.negotiate({ ...NO_FEATURES, streamParent, extension });
    try {
      await peer.takeNegotiation();
      return true;
    } catch {
      return false;
    } finally {
      await peer.destroy();
    }
  }

  /** The client loses its connection, and the server knows. */
  async cut(main: RawMain): Promise<void> {
    const { server } = this;
    const before = server.snapshot().connections.length;
    main.peer.reset();
    await until(() => server.snapshot().connections.length < before);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#mains.map(({ peer }) => peer.destroy()));
    await this.server.abort();
  }

  #add(main: RawMain): RawMain {
    this.#mains.push(main);
    return main;
  }
}
