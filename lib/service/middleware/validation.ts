/**
 * Checks values of a service's methods against schemas of any library that follows Standard Schema:
 * zod, valibot, arktype and others. A schema's result replaces the value. A schema may be async; if
 * it is not, no promise is made.
 */

import type { StandardSchemaV1 } from '@standard-schema/spec';
import { ANY } from '../../base/option-kinds.ts';
import { type OptionTable, readMember, readOptions } from '../../base/read-options.ts';
import { promiseOf } from '../../base/promise-of.ts';
import type { Initiator } from '../../errors/rpc-error.ts';
import { MisuseError, OptionError } from '../../errors/errors.ts';
import { ValidationError, type ValidationIssue } from '../../errors/validation-error.ts';
import { formatPath, type PathSegment } from '../../serializer/value-path.ts';
import { methodName } from '../frame/method-name.ts';

/** The most issues in an error. A value can have any number of them. */
export const MAX_ISSUES = 32;

/** The schemas for the values of one method. */
export interface MethodSchemas {
  /**
   * One schema per argument, or one for the list of all. In a list, arguments beyond the last
   * schema are refused, and a missing argument is undefined for its schema. @default any arguments
   */
  readonly args?: StandardSchemaV1 | readonly StandardSchemaV1[] | undefined;
  /**
   * The schema of the result, awaited, unless the result is a stream and `items` has a schema.
   * @default no stream if `items` has a schema, else any result
   */
  readonly result?: StandardSchemaV1 | undefined;
  /**
   * The schema of each item of a stream that is the result. An item that does not fit ends the
   * stream with the error. @default any items
   */
  readonly items?: StandardSchemaV1 | undefined;
}

/** The kinds of {@link MethodSchemas}; {@link MethodValidation} judges the schemas. */
export const METHOD_SCHEMAS: OptionTable<MethodSchemas> = Object.freeze({
  args: ANY,
  result: ANY,
  items: ANY,
});

/** The schemas of a service's methods by their paths, for example `admin.compact`. */
export type ServiceSchemas = Readonly<Record<string, MethodSchemas | undefined>>;

/** The side that checks the values: the one that calls, or the one that serves. */
export type ValidatingSide = 'caller' | 'service';

/** The result of a check: the value to continue with, or a promise of it if the schema is async. */
export type Validated<T> = T | Promise<T>;

/** The checks of one method, made from its schemas once. */
export class MethodValidation {
  /**
   * Checks an item of a stream, and throws or rejects with ValidationError. Undefined if items are
   * not checked.
   */
  readonly validateItem: ((item: unknown) => Validated<unknown>) | undefined;
  readonly #name: string;
  readonly #schemas: MethodSchemas;
  readonly #side: ValidatingSide;

  /**
   * @param name - the method's, for messages.
   * @throws OptionError if a schema is not one.
   */
  constructor(name: string, schemas: MethodSchemas, side: ValidatingSide) {
    const { args = [], result, items } = schemas;
    this.#name = name;
    this.#schemas = schemas;
    this.#side = side;
    for (const schema of isList(args) ? args : [args]) this.#check(schema);
    if (result !== undefined) this.#check(result);
    if (items !== undefined) this.#check(items);
    this.validateItem = items && ((item) => this.#one(items, item, 'item', 'stream'));
  }

  /**
   * The arguments to continue with. Blames the caller.
   *
   * @throws ValidationError, or rejects with it.
   */
  validateArguments(args: unknown[]): Validated<unknown[]> {
    const { args: schemas } = this.#schemas;
    if (schemas === undefined) return args;
    if (isList(schemas)) return this.#each(schemas, args);
    const validated = this.#one(schemas, args, 'args', 'call');
    return validated instanceof Promise
      ? validated.then((list) => this.#asArguments(list))
      : this.#asArguments(validated);
  }

  /**
   * The result to continue with. Not for streams with checked items. Blames the service.
   *
   * @throws ValidationError, or rejects with it.
   */
  validateResult(result: unknown): Validated<unknown> {
    const { items, result: schema } = this.#schemas;
    if (schema !== undefined) return this.#one(schema, result, 'result', 'call');
    if (items === undefined) return result;
    throw this.#error([{ path: ['result'], message: 'the result is no stream' }], 'call');
  }

  #each(schemas: readonly StandardSchemaV1[], args: unknown[]): Validated<unknown[]> {
    const outcomes = schemas.map((schema, index) => validate(schema, args[index]));
    if (outcomes.every(isSettled)) return this.#gather(outcomes, args.length);
    return Promise.all(outcomes.map(async (outcome) => await outcome)).then((settled) =>
      this.#gather(settled, args.length),
    );
  }

  #gather(outcomes: readonly Outcome[], argumentCount: number): unknown[] {
    outcomes.forEach(checkOutcome);
    const issues = outcomes.flatMap((outcome, index) => issuesOf(outcome, ['args', index]));
    if (argumentCount > outcomes.length) {
      const message = `${argumentCount} arguments were given, at most ${outcomes.length} are taken`;
      issues.push({ path: ['args', outcomes.length], message });
    }
    if (issues.length > 0) throw this.#error(issues, 'call');
    const args = outcomes.map(
      (outcome) => (outcome as StandardSchemaV1.SuccessResult<unknown>).value,
    );
    while (args.length > argumentCount && args.at(-1) === undefined) args.pop();
    return args;
  }

  #one(
    schema: StandardSchemaV1,
    value: unknown,
    root: Root,
    scope: 'call' | 'stream',
  ): Validated<unknown> {
    const outcome = validate(schema, value);
    return isSettled(outcome)
      ? this.#take(outcome, root, scope)
      : outcome.then((settled) => this.#take(settled, root, scope));
  }

  #take(outcome: Outcome, root: Root, scope: 'call' | 'stream'): unknown {
    checkOutcome(outcome);
    if (!outcome.issues) return outcome.value;
    throw this.#error(issuesOf(outcome, [root]), scope);
  }

  #asArguments(list: unknown): unknown[] {
    if (Array.isArray(list)) return list;
    throw new MisuseError(`${this.#name}: the schema of args must give a list of arguments`);
  }

  #check(schema: StandardSchemaV1): void {
    const { version } = (schema as Partial<StandardSchemaV1> | null)?.['~standard'] ?? {};
    if (version === 1) return;
    const option = this.#side === 'caller' ? 'schemas' : 'methods';
    throw new OptionError(option, `a schema of ${this.#name} does not speak Standard Schema 1`);
  }

  /** The other side is to blame for values that it gave us, and we for values that we gave. */
  #error(issues: readonly ValidationIssue[], scope: 'call' | 'stream'): ValidationError {
    const [first] = issues as [ValidationIssue];
    const areArguments = first.path[0] === 'args';
    const initiator: Initiator = areArguments === (this.#side === 'caller') ? 'local' : 'remote';
    const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
    const message = `${this.#name}: ${placeOf(first)}: ${first.message}${more}`;
    return new ValidationError(message, issues.slice(0, MAX_ISSUES), { scope, initiator });
  }
}

/**
 * The checks that a caller makes of a service's methods, by path.
 *
 * @param service - its name.
 * @throws OptionError if a schema is not one.
 */
export function validationsOf(
  service: string,
  schemas: ServiceSchemas,
): ReadonlyMap<string, MethodValidation> {
  const validations = new Map<string, MethodValidation>();
  for (const path of Object.keys(schemas)) {
    const given = readMember(schemas, path, 'schemas.') as MethodSchemas | undefined;
    if (given === undefined) continue;
    const ofMethod = readOptions(given, METHOD_SCHEMAS, `schemas.${path}`);
    validations.set(path, new MethodValidation(methodName(service, path), ofMethod, 'caller'));
  }
  return validations;
}

type Root = 'result' | 'item' | 'args';
type Outcome = StandardSchemaV1.Result<unknown>;

/**
 * If a schema throws, the result is a rejection, so that the results of the other schemas are still
 * awaited.
 */
function validate(schema: StandardSchemaV1, value: unknown): Outcome | Promise<Outcome> {
  try {
    const outcome = schema['~standard'].validate(value);
    return promiseOf(outcome) ?? outcome;
  } catch (error) {
    return Promise.reject(error);
  }
}

/** A schema may be JavaScript and answer with anything. Only a sound answer may let a value pass. */
function checkOutcome(outcome: unknown): void {
  const isSound = typeof outcome === 'object' && outcome !== null;
  if (isSound && ('value' in outcome || 'issues' in outcome)) return;
  throw new MisuseError('a schema must answer with a value or with issues');
}

function issuesOf(outcome: Outcome, root: readonly PathSegment[]): ValidationIssue[] {
  if (!outcome.issues) return [];
  const { length } = outcome.issues;
  const issues = length > 0 ? outcome.issues : [{ message: 'the value does not fit its schema' }];
  return issues.map(({ message, path }: StandardSchemaV1.Issue) => ({
    message,
    path: [...root, ...(path ?? []).map(toSegment)],
  }));
}

function toSegment(segment: PropertyKey | StandardSchemaV1.PathSegment): PathSegment {
  const key = typeof segment === 'object' ? segment.key : segment;
  return typeof key === 'symbol' ? String(key) : key;
}

/** For example `args[0].name`. */
function placeOf({ path }: ValidationIssue): string {
  const [root, ...inner] = path;
  return `${root}${formatPath(inner)}`;
}

function isList(
  schemas: StandardSchemaV1 | readonly StandardSchemaV1[],
): schemas is readonly StandardSchemaV1[] {
  return Array.isArray(schemas);
}

function isSettled(outcome: Outcome | Promise<Outcome>): outcome is Outcome {
  return !(outcome instanceof Promise);
}
