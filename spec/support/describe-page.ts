import { expect } from 'chai';

import { compileExamples, type Example, examplesOf, runExample } from './page-examples.ts';

/** How a page of the documentation is tested. */
export interface PageSuite {
  /** The sections that must have an example. */
  readonly sections: readonly string[];
  /** Puts files beside the compiled examples, which run in that folder. @default none */
  readonly prepare?: (folder: string) => Promise<void>;
  /** Further tests of the page. @default none */
  readonly more?: () => void;
}

/** The examples of all pages of this run: one compilation is a lot faster than one for each page. */
const described: Example[] = [];
let compilation: Promise<void> | undefined;

/** Describes a page: its examples are compiled and run, and each prints the output below it. */
export function describePage(page: string, { sections, prepare, more }: PageSuite): void {
  const examples = examplesOf(page);
  described.push(...examples);

  describe(page, () => {
    before(async () => {
      compilation ??= compileExamples(described);
      await compilation;
      const [first] = examples;
      if (first !== undefined) await prepare?.(first.folder);
    });

    it('has an example in every chapter that describes code', () => {
      expect(examples.map(({ section }) => section)).to.include.members([...sections]);
    });

    for (const example of examples) {
      const { section, output } = example;
      it(`prints what it says under "${section}", and the program ends by itself`, async () => {
        expect(await runExample(example)).to.equal(`${output}\n`);
      });
    }

    more?.();
  });
}
