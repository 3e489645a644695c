import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { CutPlan } from './cut-plan.ts';
import { ProxiedPair } from './proxied-pair.ts';

const HOST = '127.0.0.1';

/**
 * A TCP proxy that resets connections in the middle of their bytes, as its plan says, from `begin` on.
 * The plan says after how many bytes of all connections, both ways, the next cut comes: of the
 * connection that carries this byte, or of the oldest one. The oldest one is the main connection of a
 * client, which carries so little that few cuts would find it otherwise.
 */
export class CuttingProxy implements AsyncDisposable {
  readonly #plan: CutPlan;
  readonly #server: Server;
  /** In the order of their arrival. */
  readonly #pairs = new Set<ProxiedPair>();
  #cuts = 0;
  #onCut: (() => void) | undefined;
  #isCutting = false;
  /** Bytes until the next cut; undefined while none is due. */
  #untilNext: number | undefined;

  private constructor(targetPort: number, plan: CutPlan) {
    this.#plan = plan;
    const options = { allowHalfOpen: true, noDelay: true };
    this.#server = createServer(options, (client) => {
      this.#join(client, connect({ ...options, host: HOST, port: targetPort }));
    });
  }

  /** Starts in front of a port of this machine, on a free port of its own. */
  static async start(targetPort: number, plan: CutPlan): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(targetPort, plan);
    proxy.#server.listen(0, HOST);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    // A server that listens on TCP has an address and port.
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that were reset so far. */
  get cuts(): number {
    return this.#cuts;
  }

  /** Begins to cut. @param onCut - told of each cut. */
  begin(onCut?: () => void): void {
    this.#onCut = onCut;
    this.#isCutting = true;
  }

  /** Cuts no more. */
  end(): void {
    this.#isCutting = false;
    this.#untilNext = undefined;
    for (const pair of this.#pairs) pair.spare();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const pair of this.#pairs) pair.reset();
    await closed;
  }

  #join(client: Socket, server: Socket): void {
    const pair = new ProxiedPair(client, server, {
      onBytes: (count) => this.#onBytes(pair, count),
      onCut: () => this.#onCutDone(),
      onClose: () => void this.#pairs.delete(pair),
    });
    this.#pairs.add(pair);
  }

  #onCutDone(): void {
    this.#cuts++;
    this.#onCut?.();
    if (this.#plan.isDone(this.#cuts)) this.end();
  }

  /** So many bytes have come, and were not passed on. Several connections may be cut within them. */
  #onBytes(pair: ProxiedPair, count: number): void {
    let passed = 0;
    while (this.#isCutting) {
      this.#untilNext ??= this.#plan.bytesUntilNext(this.#cuts);
      if (this.#untilNext === undefined) return;
      if (this.#untilNext > count - passed) {
        this.#untilNext -= count - passed;
        return;
      }
      passed += this.#untilNext;
      this.#untilNext = undefined;
      if (!this.#plan.isOldestMeant()) {
        pair.resetAfter(passed);
        return;
      }
      const [oldest = pair] = this.#pairs;
      oldest.resetAfter(oldest.isDoomed ? 0 : this.#plan.bytesOfOldest());
      if (oldest === pair) return;
    }
  }
}
