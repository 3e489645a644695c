import { DEFAULT_PATH, type PathConditions, resolvePath } from './path.ts';

/** The ways between nodes: how good they are, and where nothing passes. */
export class Ways {
  readonly #paths = new Map<string, PathConditions>();
  readonly #partitions = new Map<string, readonly [string, string]>();
  /** Nodes of which the machine has crashed. */
  readonly #dark = new Set<string>();
  #stranded: (() => void)[] = [];
  #defaultPath = DEFAULT_PATH;

  /** The quality of the way between two nodes. */
  pathOf(one: string, other: string): PathConditions {
    return this.#paths.get(pairOf(one, other)) ?? this.#defaultPath;
  }

  /** Sets the quality of all ways that have none of their own. @throws OptionError */
  setDefaultPath(conditions: Partial<PathConditions>): void {
    this.#defaultPath = resolvePath(conditions);
  }

  /** Sets the quality of the way between two nodes. @throws OptionError */
  setPath(one: string, other: string, conditions: Partial<PathConditions>): void {
    this.#paths.set(pairOf(one, other), resolvePath(conditions, this.#defaultPath));
  }

  /** Whether anything passes between the two. */
  isOpen(one: string, other: string): boolean {
    const isDark = this.#dark.has(one) || this.#dark.has(other);
    return !isDark && !this.#partitions.has(pairOf(one, other));
  }

  partition(one: string, other: string): void {
    this.#partitions.set(pairOf(one, other), [one, other]);
  }

  /** Ends the partition of the two, or all those of one, or all. */
  heal(one: string | undefined, other: string | undefined): void {
    const healed = [one, other].filter((name) => name !== undefined);
    for (const [pair, names] of this.#partitions) {
      if (healed.every((name) => names.includes(name))) this.#partitions.delete(pair);
    }
    this.#letGo();
  }

  /** The machine of a node has crashed, or runs again. */
  setDark(name: string, isDark: boolean): void {
    if (isDark) this.#dark.add(name);
    else this.#dark.delete(name);
    this.#letGo();
  }

  /** Calls back when some way has opened. */
  strand(callback: () => void): void {
    this.#stranded.push(callback);
  }

  #letGo(): void {
    for (const callback of this.#stranded.splice(0)) callback();
  }
}

function pairOf(one: string, other: string): string {
  return one < other ? `${one}\n${other}` : `${other}\n${one}`;
}
