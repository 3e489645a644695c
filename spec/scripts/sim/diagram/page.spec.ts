import { expect } from 'chai';

import type { TraceEntry } from '../../../../lib/simulation/world/trace.ts';
import { drawDiagram } from '../../../../scripts/sim/diagram/diagram.ts';
import { escapeText } from '../../../../scripts/sim/diagram/draw/svg.ts';
import { makePicture } from '../../../../scripts/sim/diagram/layout/picture.ts';
import { PLAN_NAMES } from '../../../../scripts/sim/diagram/plan-names.ts';
import { drawPlan } from '../../../../scripts/sim/plan/draw.ts';
import { runPlan } from '../../../../scripts/sim/run/run-plan.ts';

const EVIL = `<script>alert("1")</script>'&`;

describe('the page of a diagram', () => {
  it('has an arrow with its words for all frames of a world, and its faults', async () => {
    const plan = drawPlan(SEED);
    const { trace, history } = await runPlan(plan);
    const { entries } = trace;
    const { sights } = history;
    const page = drawDiagram({
      title: 'a world',
      program: JSON.stringify(plan),
      entries,
      sights,
      verdicts: [],
      names: PLAN_NAMES,
    });
    const picture = makePicture(entries, sights, PLAN_NAMES);
    const drawn = page.slice(page.indexOf('<defs>'));
    expect(picture.arrows).to.have.length.above(20);
    expect(count(drawn, /<line [^>]*marker-end=/g)).to.equal(picture.arrows.length);
    for (const { arrow } of picture.arrows) {
      expect(page).to.include(`>#${arrow.connection} ${escapeText(arrow.text).slice(0, 20)}`);
      expect(page).to.include(escapeText(arrow.detail));
    }
    for (const { mark } of picture.marks) expect(page).to.include(escapeText(mark.text));
    expect(picture.arrows.filter(({ arrow }) => arrow.text.startsWith('call '))).to.not.be.empty;
    expect(picture.marks.filter(({ mark }) => mark.text.startsWith('crash'))).to.not.be.empty;
    expect(count(drawn, /class="dead"/g)).to.be.above(0);
  });

  it('escapes all that comes from a trace, a plan or a verdict', () => {
    const entries: TraceEntry[] = [
      { atMs: 0, kind: 'start', node: EVIL, text: '' },
      { atMs: 0, kind: 'start', node: 'client', text: '' },
      { atMs: 1, kind: 'dial', node: EVIL, peer: 'client', connection: 1, text: EVIL },
      sent(EVIL),
      { atMs: 3, kind: 'note', node: EVIL, text: EVIL },
      { atMs: 4, kind: EVIL, node: '', text: EVIL },
      { atMs: 5, kind: 'close', node: 'client', peer: EVIL, connection: 1, text: EVIL },
      { atMs: 6, kind: 'block', node: EVIL, text: EVIL },
    ];
    const error = {
      name: EVIL,
      code: undefined,
      message: EVIL,
      retryable: undefined,
      scope: undefined,
    };
    const page = drawDiagram({
      title: EVIL,
      program: EVIL,
      entries,
      sights: [
        { atMs: 2, clockMs: 2, process: EVIL, operation: 1, kind: 'failed', stream: EVIL, error },
      ],
      verdicts: [{ operation: 1, text: EVIL }],
      names: { verb: () => EVIL },
    });
    expect(page).to.include(escapeText(EVIL));
    expect(page).to.not.include('<script');
    expect(page).to.not.include('alert("1")');
    expect(page).to.not.include(`'&<`);
    expect(escapeText('a\u0000\u202eb\n')).to.equal('a\u{fffd}\u{fffd}b\n');
  });

  it('needs nothing but itself: no scripts, no addresses', () => {
    const entries: TraceEntry[] = [{ atMs: 0, kind: 'start', node: 'server', text: '' }];
    const page = drawDiagram({ title: '1', program: '', entries, sights: [], verdicts: [] });
    expect(page).to.not.match(/<script|<link|<img|https?:|@import|src=|href=/);
    expect(page).to.include('light-dark(');
  });
});

/** A world in which the server crashes. */
const SEED = 58;

function sent(text: string): TraceEntry {
  const bytes = Buffer.from(text);
  return { atMs: 2, kind: 'sent', node: 'client', peer: EVIL, connection: 1, text: '', bytes };
}

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}
