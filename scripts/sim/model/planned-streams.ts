import type { Flow, Operation } from '../plan/plan.ts';

/** A stream of an operation, as it was planned. */
export interface PlannedStream {
  readonly name: string;
  readonly flow: Flow;
}

/** The work of a method counts as a producer, though it gives nothing. */
const NOTHING: Flow = { items: 0, itemBytes: 0, gapMs: 0, readGapMs: 0 };

/** The streams that an operation may open. */
export function streamsOf(operation: Operation): PlannedStream[] {
  switch (operation.kind) {
    case 'echo':
      return operation.isListening === true ? [{ name: 'work', flow: NOTHING }] : [];
    case 'blob':
    case 'post':
      return [];
    case 'up':
    case 'verbUp':
      return [{ name: 'up', flow: operation.flow }];
    case 'down':
    case 'verbDown':
      return [{ name: 'down', flow: operation.flow }];
    case 'both': {
      const { flow } = operation;
      return [
        { name: 'up', flow },
        { name: 'down', flow },
      ];
    }
    case 'nested': {
      const { cells, rows, isResumable } = operation;
      const names = Array.from({ length: rows }, (_, row) => `row ${row}`);
      const resumable = isResumable === true ? {} : undefined;
      const flow = { items: rows, itemBytes: 0, gapMs: 0, readGapMs: 0, resumable };
      return [{ name: 'rows', flow }, ...names.map((name) => ({ name, flow: cells }))];
    }
  }
}
