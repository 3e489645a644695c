import type { TraceEntry } from '../../../../lib/simulation/world/trace.ts';
import type { Mark } from './marks.ts';

const TIMES_PX = 80;
/** For the words to the left of the first node. */
const MARGIN_PX = 330;
const GAP_PX = 400;

/** The nodes from left to right, in the order in which they began, and the places for words beside them. */
export class Columns {
  readonly names: readonly string[];
  readonly #indexes: ReadonlyMap<string, number>;

  constructor(entries: readonly TraceEntry[]) {
    const starts = entries.filter(({ kind }) => kind === 'start').map(({ node }) => node);
    const dialed = entries.filter(({ kind }) => kind === 'dial').map(({ node }) => node);
    this.names = [...new Set([...starts, ...dialed])];
    this.#indexes = new Map(this.names.map((name, index) => [name, index]));
  }

  get widthPx(): number {
    return TIMES_PX + MARGIN_PX + this.names.length * GAP_PX;
  }

  /** The line of a node. One that is not known stands for the world, at the left. */
  xOf(name: string): number {
    const index = this.indexOf(name);
    return index === -1 ? TIMES_PX : TIMES_PX + MARGIN_PX + index * GAP_PX;
  }

  indexOf(name: string): number {
    return this.#indexes.get(name) ?? -1;
  }

  /** The words of an arrow stand in the gap beside its sender. */
  slotBetween(from: string, to: string): string {
    const start = this.indexOf(from);
    return slot(this.indexOf(to) < start ? start - 1 : start);
  }

  /** Words of the connections of a node stand beside its peer, all others at the other side. */
  slotBeside(mark: Mark): string {
    return slot(this.indexOf(mark.node) - (this.isLeft(mark) ? 1 : 0));
  }

  /** Whether the words of a mark stand to the left of its node. */
  isLeft({ node, peer, connections }: Mark): boolean {
    const index = this.indexOf(node);
    if (peer !== undefined && connections.length > 0) return this.indexOf(peer) < index;
    return index === 0;
  }
}

function slot(gap: number): string {
  return `gap ${gap}`;
}
