import { judgedBy } from '../../base/public-function.ts';
import { deferToMicrotask } from '../../base/turns.ts';
import { UnknownVerbError } from '../../errors/errors.ts';
import type { Environment } from '../../settings/environment.ts';
import type { OfferedLane } from '../../stream/lane/dialed-lanes.ts';
import { makeApi } from './api.ts';
import { type ApiOptions, resolveApiOptions } from './api-options.ts';
import type { CallingClient, CallSender, VerbCalls } from './call-sender.ts';
import { BUILT_IN_SERVICE, DESCRIBE, type ServerDescription } from '../frame/description.ts';
import { declaredMethods } from './declared-methods.ts';
import type { Interceptor } from '../middleware/interceptors.ts';
import { itemHookInterceptors } from '../middleware/item-hooks.ts';
import type { Policy } from '../middleware/policy.ts';
import { checkServiceName, methodName, methodVerb } from '../frame/method-name.ts';
import { RemoteMethod } from './remote-method.ts';
import { ReplySerializer } from '../frame/reply-serializer.ts';
import { RequestSerializer } from '../frame/request-serializer.ts';
import { ServiceView } from './service-view.ts';
import { serviceVerb } from '../frame/service-verb.ts';
import { callValidatorsOf } from '../middleware/validating.ts';
import type { UnsentCall } from './unsent-call.ts';

/**
 * A client's side of its server's services: its knowledge of their methods, and the calls that wait
 * to be sent.
 */
export class ServiceClient implements CallSender {
  readonly calls: VerbCalls;
  readonly environment: Environment;
  readonly interceptors: readonly Interceptor[];
  readonly policy: Policy | undefined;
  readonly #client: CallingClient;
  readonly #args: RequestSerializer;
  readonly #result: ReplySerializer;
  readonly #fullResult: ReplySerializer;
  /** The methods by name. */
  readonly #methods = new Map<string, RemoteMethod>();
  /** The names of the methods that the server has declared idempotent. */
  #idempotent: ReadonlySet<string> = new Set();
  /** The names of those with replies that the server keeps until we have them. */
  #once: ReadonlySet<string> = new Set();
  #unsent: UnsentCall[] = [];

  constructor(
    client: CallingClient,
    environment: Environment,
    interceptors: readonly Interceptor[],
    policy: Policy | undefined,
  ) {
    const { serializer, limits } = environment;
    this.calls = client.calls;
    this.environment = environment;
    this.interceptors = interceptors;
    this.policy = policy;
    this.#client = client;
    this.#args = new RequestSerializer(serializer, limits.maxMetadataBytes);
    this.#result = new ReplySerializer(serializer);
    this.#fullResult = new ReplySerializer(serializer, limits.maxMetadataBytes);
  }

  /**
   * The proxy of a service. @throws MisuseError or OptionError for a name or options that can't
   * work.
   */
  api(service: string, options: ApiOptions): object {
    checkServiceName(service);
    const { maxMetadataBytes } = this.environment.limits;
    const resolved = judgedBy('client.api', () => resolveApiOptions(options, maxMetadataBytes));
    const interceptors = [
      ...(resolved.interceptors ?? []),
      ...itemHookInterceptors(resolved),
      ...judgedBy('client.api', () =>
        callValidatorsOf(service, resolved.schemas, (name) => this.#methodsOf(name)),
      ),
    ];
    const view = new ServiceView(this, { ...resolved, interceptors });
    return makeApi(service, (path) => {
      let method: RemoteMethod | undefined;
      return (...args) => view.call((method ??= this.#method(service, path)), args);
    });
  }

  /** The services that the server offers; none if it has none. */
  async describe(): Promise<ServerDescription> {
    const view = new ServiceView(this, {});
    try {
      const description = await view.call(this.#method(BUILT_IN_SERVICE, DESCRIBE), []);
      this.#learn(description);
      return description as ServerDescription;
    } catch (error) {
      if (error instanceof UnknownVerbError) return { services: [] };
      throw error;
    }
  }

  offerLane(method: RemoteMethod): OfferedLane | undefined {
    return method.kind === 'stream' ? this.#client.offerLane() : undefined;
  }

  sendLater(call: UnsentCall): void {
    if (this.#unsent.push(call) === 1) deferToMicrotask(() => this.sendUnsent());
  }

  sendUnsent(): void {
    if (this.#unsent.length === 0) return;
    const calls = this.#unsent;
    this.#unsent = [];
    for (const call of calls) call.send();
  }

  /** Asks past interceptors and policies, which are for the user's own calls. */
  async #methodsOf(service: string): Promise<readonly string[] | undefined> {
    const { verb } = this.#method(BUILT_IN_SERVICE, DESCRIBE);
    try {
      const description = await this.calls.call(verb, [undefined, []], {});
      this.#learn(description);
      const { services } = description as ServerDescription;
      return services.find(({ name }) => name === service)?.methods;
    } catch {
      // The call that waits for it says better what is wrong.
      return undefined;
    }
  }

  #learn(description: unknown): void {
    this.#idempotent = declaredMethods(description, 'idempotent');
    this.#once = declaredMethods(description, 'once');
    for (const method of this.#methods.values()) this.#declare(method);
  }

  /** Tells a method what its server has said of it. */
  #declare(method: RemoteMethod): void {
    method.isIdempotent = this.#idempotent.has(method.name);
    method.setOnce(this.#once.has(method.name));
  }

  #method(service: string, path: string): RemoteMethod {
    const name = methodName(service, path);
    let method = this.#methods.get(name);
    if (method === undefined) {
      const number = methodVerb(name);
      const verb = serviceVerb(name, number, this.#args, this.#result);
      const fullVerb = serviceVerb(name, number, this.#args, this.#fullResult);
      method = new RemoteMethod({
        service,
        path,
        name,
        verb,
        fullVerb,
        surroundings: this.environment,
      });
      this.#declare(method);
      this.#methods.set(name, method);
    }
    return method;
  }
}
