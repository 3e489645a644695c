import { judgedBy, optionsOf } from '../../base/public-function.ts';
import { readMember, readOptions } from '../../base/read-options.ts';
import { shownValue } from '../../base/shown-value.ts';
import type { Handlers } from '../../call/server/handlers.ts';
import { verbGovernor } from '../../call/limits/governor.ts';
import { MisuseError, OptionError } from '../../errors/errors.ts';
import type { Environment } from '../../settings/environment.ts';
import {
  BUILT_IN_SERVICE,
  DESCRIBE,
  type ServerDescription,
  type ServiceDescription,
} from '../frame/description.ts';
import {
  EXPOSE_OPTIONS,
  type ExposeOptions,
  type Exposure,
  METHOD_OPTIONS,
  type MethodOptions,
} from './expose-options.ts';
import type { Interceptor, ServedCall } from '../middleware/interceptors.ts';
import { itemHookInterceptors } from '../middleware/item-hooks.ts';
import { checkServiceName, methodName, methodVerb } from '../frame/method-name.ts';
import { findMethods, type FoundMethod } from './method-walk.ts';
import { ReplySerializer } from '../frame/reply-serializer.ts';
import { RequestSerializer } from '../frame/request-serializer.ts';
import { prepareMethod, type ServedMethod, serveMethod } from './serve-method.ts';
import { serviceVerb } from '../frame/service-verb.ts';
import { validatorsOf } from '../middleware/validating.ts';

/**
 * The services of one server. Functions are taken when an object is exposed; a function that is
 * replaced later is not noticed. A method is found by its verb alone, so names that were not
 * exposed, such as `constructor`, lead nowhere.
 */
export class Services {
  readonly #handlers: Handlers;
  readonly #maxMetadataBytes: number;
  readonly #interceptors: readonly Interceptor<ServedCall>[];
  readonly #args: RequestSerializer;
  readonly #result: ReplySerializer;
  readonly #verbOf: (name: string) => bigint;
  /** The name of the method with each verb. */
  readonly #names = new Map<bigint, string>();
  readonly #descriptions = new Map<string, ServiceDescription>();

  /**
   * @param interceptors - around the methods of all services, the first one outermost.
   * @param verbOf - the verb of a method, by its name.
   */
  constructor(
    handlers: Handlers,
    { serializer, limits }: Environment,
    interceptors: readonly Interceptor<ServedCall>[],
    verbOf: (name: string) => bigint = methodVerb,
  ) {
    this.#handlers = handlers;
    this.#maxMetadataBytes = limits.maxMetadataBytes;
    this.#interceptors = interceptors;
    this.#args = new RequestSerializer(serializer, limits.maxMetadataBytes);
    this.#result = new ReplySerializer(serializer);
    this.#verbOf = verbOf;
  }

  /** Serves an object's methods from now on. @throws MisuseError; nothing is exposed then. */
  expose(service: string, object: object, given: ExposeOptions): Exposure {
    checkServiceName(service);
    const options = readExposeOptions(given);
    if (service === BUILT_IN_SERVICE) throw new MisuseError(`the service ${service} is built in`);
    if (this.#descriptions.has(service)) throw new MisuseError(`${service} is exposed already`);
    const exposure = this.#expose(service, object, options);
    this.#descriptions.set(service, description(exposure, options));
    this.#exposeBuiltIn();
    return exposure;
  }

  /** The exposed services. */
  describe(): ServerDescription {
    const services = [...this.#descriptions.values()];
    return { services: services.toSorted((one, other) => (one.name < other.name ? -1 : 1)) };
  }

  #exposeBuiltIn(): void {
    const verb = this.#verbOf(methodName(BUILT_IN_SERVICE, DESCRIBE));
    if (this.#names.has(verb)) return;
    this.#expose(BUILT_IN_SERVICE, { [DESCRIBE]: () => this.describe() }, { context: false });
  }

  #expose(service: string, object: object, options: ExposeOptions): Exposure {
    const methods = new Map<bigint, FoundMethod>();
    for (const method of chooseMethods(service, object, options)) {
      const name = methodName(service, method.path);
      const verb = this.#verbOf(name);
      const twin = methods.get(verb);
      this.#assertFree(name, verb, twin && methodName(service, twin.path));
      methods.set(verb, method);
    }
    judgedBy(EXPOSE, () => checkMethodOptions(service, [...methods.values()], options));
    for (const [verb, method] of methods) this.#add(service, verb, method, options);
    const paths = [...methods.values()].map(({ path }) => path).toSorted();
    let closing: Promise<void> | undefined;
    const close = (): Promise<void> => (closing ??= this.#close(service, methods));
    return Object.freeze({ name: service, methods: paths, close, [Symbol.asyncDispose]: close });
  }

  #assertFree(name: string, verb: bigint, twin: string | undefined): void {
    const other = twin ?? this.#names.get(verb);
    if (other !== undefined) {
      throw new MisuseError(
        `the methods ${other} and ${name} have the same verb; rename one of them`,
      );
    }
    if (this.#handlers.has(verb)) {
      throw new MisuseError(`the method ${name} has verb ${verb}, which is served already`);
    }
  }

  #add(service: string, verb: bigint, method: FoundMethod, options: ExposeOptions): void {
    const name = methodName(service, method.path);
    const limits = limitsOf(method.path, options);
    const validators = validatorsOf(name, limits);
    const served: ServedMethod = {
      ...method,
      service,
      maxMetadataBytes: this.#maxMetadataBytes,
      interceptors: [
        ...validators,
        ...this.#interceptors,
        ...(options.interceptors ?? []),
        ...itemHookInterceptors(options),
      ],
      hasContext: options.context ?? true,
    };
    this.#handlers.add(serviceVerb(name, verb, this.#args, this.#result), serveMethod(served), {
      group: options.group,
      hasStructuredErrors: true,
      prepare: prepareMethod(served),
      maxConcurrent: limits?.maxConcurrent,
      callsPerSecond: limits?.callsPerSecond,
      once: limits?.once,
    });
    this.#names.set(verb, name);
  }

  async #close(service: string, methods: ReadonlyMap<bigint, FoundMethod>): Promise<void> {
    this.#descriptions.delete(service);
    for (const verb of methods.keys()) this.#names.delete(verb);
    await Promise.all([...methods.keys()].map((verb) => this.#handlers.remove(verb)));
  }
}

/** The public function that adds services. */
const EXPOSE = 'server.expose';

/** The options with those of single methods, all of the right kinds. */
function readExposeOptions(given: ExposeOptions): ExposeOptions {
  const options = optionsOf(EXPOSE, given, EXPOSE_OPTIONS);
  if (options.methods === undefined) return options;
  const { methods } = options;
  const read = Object.keys(methods).map((path): [string, MethodOptions] => {
    const ofMethod = readMember(methods, path, 'methods.') ?? {};
    const where = `methods.${path}`;
    return [
      path,
      judgedBy(EXPOSE, () => readOptions<MethodOptions>(ofMethod, METHOD_OPTIONS, where)),
    ];
  });
  return { ...options, methods: Object.fromEntries(read) };
}

function chooseMethods(service: string, object: object, options: ExposeOptions): FoundMethod[] {
  if (!canBeRead(object)) {
    throw new MisuseError(`${service} can't be exposed: it is no object but ${shownValue(object)}`);
  }
  const { only, properties = [] } = options;
  const found = findMethods(object, properties);
  const missing = only?.find((path) => !found.some((method) => method.path === path));
  if (missing !== undefined) throw new MisuseError(`${service} has no method ${missing} to expose`);
  const chosen = only === undefined ? found : found.filter(({ path }) => only.includes(path));
  if (chosen.length === 0) throw new MisuseError(`${service} has no methods to expose`);
  return chosen;
}

/** Whether it is an object that lets its names be listed; a revoked proxy does not. */
function canBeRead(object: unknown): boolean {
  try {
    return typeof object === 'object' && object !== null && Object.keys(object).length >= 0;
  } catch {
    return false;
  }
}

function description({ name, methods }: Exposure, options: ExposeOptions): ServiceDescription {
  const declared = (what: 'idempotent' | 'once'): readonly string[] =>
    methods.filter((path) => limitsOf(path, options)?.[what] === true);
  const [idempotent, once] = [declared('idempotent'), declared('once')];
  return {
    name,
    methods,
    ...(idempotent.length > 0 && { idempotent }),
    ...(once.length > 0 && { once }),
  };
}

/** The options of one method. A path like `constructor` finds nothing but own properties. */
function limitsOf(path: string, { methods = {} }: ExposeOptions): MethodOptions | undefined {
  return Object.hasOwn(methods, path) ? methods[path] : undefined;
}

/**
 * @throws MisuseError or OptionError for options of a method that does not exist, or with invalid
 * values.
 */
function checkMethodOptions(
  service: string,
  found: readonly FoundMethod[],
  options: ExposeOptions,
): void {
  for (const path of Object.keys(options.methods ?? {})) {
    if (!found.some((method) => method.path === path)) {
      throw new OptionError('methods', `${service} has no method ${path}`);
    }
    verbGovernor(limitsOf(path, options) ?? {});
    validatorsOf(methodName(service, path), limitsOf(path, options));
  }
}
