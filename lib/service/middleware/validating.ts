import type { RemoteStream } from '../../types/value-stream.ts';
import { discardSource } from '../../stream/value/item-producer.ts';
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
 * What checks the values of a served method, if it has schemas. It belongs outside of all other
 * interceptors: what comes in is checked before anybody sees it, and what goes out when nobody will
 * change it any more.
 *
 * @param name - the method's, for errors.
 * @throws OptionError if a schema is none.
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

/**
 * Checks the values of a view's calls, if the view has schemas. It belongs inside of all other
 * interceptors, next to the wire, as it is at the other side.
 *
 * @param service - its name, for errors.
 * @throws OptionError if a schema is none.
 */
export function callValidatorsOf(service: string, schemas?: ServiceSchemas): Interceptor[] {
  if (schemas === undefined) return [];
  const validations = validationsOf(service, schemas);
  const validator = validating(
    (method) => validations.get(method),
    // Nothing else comes from the other side.
    (stream, check) => new MappedStream(stream as RemoteStream<unknown>, check),
  );
  return [validator];
}

type Check = NonNullable<MethodValidation['validateItem']>;

function validating(
  validationOf: (method: string) => MethodValidation | undefined,
  withItemsChecked: (stream: AsyncIterable<unknown>, check: Check) => unknown,
): Interceptor {
  /** A call that is repeated has its arguments checked, and made into others, once. */
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
    if (!isAsyncIterable(result)) return validation.validateResult(result);
    if (validateItem !== undefined) return withItemsChecked(result, validateItem);
    return checkStream(validation, result);
  };
}

/** A stream where perhaps none should be. */
async function checkStream(
  validation: MethodValidation,
  stream: AsyncIterable<unknown>,
): Promise<unknown> {
  try {
    return await validation.validateResult(stream);
  } catch (error) {
    discardSource(stream);
    throw error;
  }
}
