import type { RemoteStream } from '../../types/value-stream.ts';
import { OptionError } from '../../errors/errors.ts';
import { releaseValue } from '../../stream/value/release-streams.ts';
import { withHooks } from '../../stream/value/local-value-stream.ts';
import type { Interceptor } from './interceptors.ts';
import { isAsyncIterable } from '../context/is-async-iterable.ts';
import { MappedStream } from './mapped-stream.ts';
import {
  type MethodSchemas,
  MethodValidation,
  type ServiceSchemas,
  validationsOf,
} from './validation.ts';

/**
 * The interceptors that check the values of a served method; none if it has no schemas. They belong
 * outside of all other interceptors: arguments are checked before other code sees them, and results
 * when no other code will change them any more.
 *
 * @param name - the method's, for errors.
 * @throws OptionError if a schema is not one.
 */
export function validatorsOf(name: string, schemas: MethodSchemas = {}): Interceptor[] {
  const { args, result, items } = schemas;
  if ((args ?? result ?? items) === undefined) return [];
  const validation = new MethodValidation(name, schemas, 'service');
  const validator = validating(
    () => validation,
    (stream, check) => withHooks(stream, { onSend: check }),
  );
  return [validator];
}

/** The paths of a service's methods; undefined where the server does not tell. Never rejects. */
export type MethodsOf = (service: string) => Promise<readonly string[] | undefined>;

/**
 * The interceptors that check the values of a view's calls; none if the view has no schemas. They
 * belong inside of all other interceptors, next to the wire, as at the other side.
 *
 * @param service - its name, for errors.
 * @throws OptionError if a schema is not one.
 */
export function callValidatorsOf(
  service: string,
  schemas: ServiceSchemas | undefined,
  methodsOf: MethodsOf,
): Interceptor[] {
  if (schemas === undefined) return [];
  const validations = validationsOf(service, schemas);
  const checkPaths = knownPaths(service, [...validations.keys()], methodsOf);
  const validator = validating(
    (method) => validations.get(method),
    // The other side sends no other kind of stream.
    (stream, check) => new MappedStream(stream as RemoteStream<unknown>, check),
  );
  return [checkPaths, validator];
}

/**
 * Before the first call, asks the server for its methods: a schema for a method that there is not
 * would check nothing. A server that does not tell its methods is believed.
 */
function knownPaths(service: string, paths: readonly string[], methodsOf: MethodsOf): Interceptor {
  let isKnown = false;
  return async (_, next) => {
    if (!isKnown) {
      const methods = await methodsOf(service);
      const unknown = methods && paths.find((path) => !methods.includes(path));
      if (unknown !== undefined) {
        throw new OptionError('schemas', `${service} has no method ${unknown}`);
      }
      isKnown = methods !== undefined;
    }
    return next();
  };
}

type Check = NonNullable<MethodValidation['validateItem']>;

function validating(
  validationOf: (method: string) => MethodValidation | undefined,
  withItemsChecked: (stream: AsyncIterable<unknown>, check: Check) => unknown,
): Interceptor {
  /**
   * Argument lists that were checked and transformed. When a call is repeated, its list is not
   * checked again.
   */
  const checkedArgs = new WeakSet<unknown[]>();
  return async (call, next) => {
    const validation = validationOf(call.method);
    if (validation === undefined) return next();
    if (!checkedArgs.has(call.args)) {
      call.args = await validation.validateArguments(call.args);
      checkedArgs.add(call.args);
    }
    const result = await next();
    const { validateItem } = validation;
    if (validateItem !== undefined && isAsyncIterable(result)) {
      return withItemsChecked(result, validateItem);
    }
    return checkResult(validation, result);
  };
}

/** Nobody gets the streams of a result that does not fit. */
async function checkResult(validation: MethodValidation, result: unknown): Promise<unknown> {
  try {
    return await validation.validateResult(result);
  } catch (error) {
    releaseValue(result);
    throw error;
  }
}
