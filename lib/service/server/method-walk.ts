import { MisuseError } from '../../errors/errors.ts';
import { isAsyncIterable } from '../context/is-async-iterable.ts';
import { isObjectName, isUncallableName } from '../frame/local-names.ts';
import { checkPathSegment } from '../frame/method-name.ts';

/** A function of an exposed object, with the object that it is called on. */
export interface FoundMethod {
  /** The path from the root, for example `admin.compact`. */
  readonly path: string;
  readonly owner: object;
  readonly run: (...args: unknown[]) => unknown;
}

/** The deepest nesting of objects. */
const MAX_DEPTH = 8;

/** By convention, names that begin with it are private. */
const PRIVATE_MARK = '_';

/**
 * Finds the methods that an object offers:
 *
 * - its own functions and those of its classes, by name, except for names that every object has and
 *   names that begin with an underscore;
 * - for a plain object, also the methods of the plain objects and class instances in it, and its
 *   streams, as methods without arguments that return them;
 * - for a class instance nothing more, as its fields usually belong to its implementation, unless
 *   `properties` names them.
 *
 * Getters are not called before their streams are asked for. Cycles end where they close.
 *
 * @param properties - paths of fields and getters of class instances that are offered as well.
 * @throws MisuseError for a name that can't be called, and for more than 8 nested objects.
 */
export function findMethods(root: object, properties: readonly string[]): FoundMethod[] {
  const walk = new MethodWalk(new Set(properties));
  walk.visit(root, '', 0);
  const missing = properties.find((path) => !walk.properties.has(path));
  if (missing !== undefined) {
    throw new MisuseError(`there is no property ${missing} with methods, or that is a stream`);
  }
  return [...walk.found.values()];
}

class MethodWalk {
  readonly found = new Map<string, FoundMethod>();
  /** The paths of the properties that were found. */
  readonly properties = new Set<string>();
  readonly #wanted: ReadonlySet<string>;
  readonly #ancestors = new Set<object>();

  constructor(wanted: ReadonlySet<string>) {
    this.#wanted = wanted;
  }

  visit(owner: object, prefix: string, depth: number): void {
    if (this.#ancestors.has(owner)) return;
    if (depth > MAX_DEPTH) {
      throw new MisuseError(`${prefix} is nested deeper than ${MAX_DEPTH} objects`);
    }
    this.#ancestors.add(owner);
    const seen = new Set<string>();
    let holder: object | null = owner;
    while (holder !== null) {
      const isOwn = holder === owner;
      const names = isOwn ? Object.keys(holder) : Object.getOwnPropertyNames(holder);
      for (const name of names) {
        // A nearer member hides a farther one, as in JavaScript.
        if (seen.has(name) || isObjectName(name) || name.startsWith(PRIVATE_MARK)) continue;
        seen.add(name);
        const descriptor = Object.getOwnPropertyDescriptor(holder, name);
        if (descriptor !== undefined) this.#member({ owner, name, prefix, depth }, descriptor);
      }
      holder = Object.getPrototypeOf(holder) as object | null;
    }
    this.#ancestors.delete(owner);
  }

  #member(place: Place, descriptor: PropertyDescriptor): void {
    const { owner, name } = place;
    const value: unknown = descriptor.value;
    if (typeof value === 'function') {
      this.#add(place, value as FoundMethod['run']);
      return;
    }
    const path = place.prefix + name;
    const isWanted = this.#wanted.has(path);
    if (!isPlain(owner) && !isWanted) return;
    if (descriptor.get !== undefined || isAsyncIterable(value)) {
      this.#add(place, () => readStream(owner, name, path));
    } else if (typeof value === 'object' && value !== null && (isWanted || hasMethods(value))) {
      checkPathSegment(name);
      this.visit(value, `${path}.`, place.depth + 1);
    } else return;
    this.properties.add(path);
  }

  #add({ owner, name, prefix }: Place, run: FoundMethod['run']): void {
    checkPathSegment(name);
    const path = prefix + name;
    if (isUncallableName(name, prefix !== '')) {
      throw new MisuseError(`no client can call ${path}: there "${name}" means something else`);
    }
    this.found.set(path, { path, owner, run });
  }
}

/** A name in an object. */
interface Place {
  readonly owner: object;
  readonly name: string;
  /** The path of the object, with a dot behind it; empty for the root. */
  readonly prefix: string;
  readonly depth: number;
}

/** Reads a property that is a stream. Other values are never revealed. */
function readStream(owner: object, name: string, path: string): AsyncIterable<unknown> {
  const value: unknown = Reflect.get(owner, name);
  if (isAsyncIterable(value)) return value;
  throw new MisuseError(`${path} is no stream`);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Whether the value is a plain object or an instance of a class outside of JavaScript's own, in
 * contrast to an array, a Map or a promise.
 */
function hasMethods(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Object]';
}
