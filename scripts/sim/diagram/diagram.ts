/** A sequence diagram of a world as one static page: nodes, the frames between them, and faults. */

import type { TraceEntry } from '../../../lib/simulation/world/trace.ts';
import type { Verdict } from '../model/case.ts';
import type { Sight } from '../run/history.ts';
import type { WireNames } from './decode/frame.ts';
import { drawPage } from './draw/page.ts';
import { makePicture } from './layout/picture.ts';

/** The content of a diagram. */
export interface DiagramInput {
  readonly title: string;
  /** The program of the world, in words. */
  readonly program: string;
  readonly entries: readonly TraceEntry[];
  readonly sights: readonly Sight[];
  readonly verdicts: readonly Verdict[];
  /** Names of verbs and values. */
  readonly names?: WireNames | undefined;
}

/** The page. */
export function drawDiagram(input: DiagramInput): string {
  const { title, program, verdicts, entries, sights, names = {} } = input;
  return drawPage({ title, program, verdicts }, makePicture(entries, sights, names));
}
