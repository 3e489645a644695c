import {
  explore,
  type NodeProcess,
  searchSeeds,
  simulate,
  type World,
} from '../../lib/simulation.ts';
import {
  misuse,
  type Misuse,
  type MisusedFunction,
  noFunctions,
  noOptions,
  noTexts,
  TIMES,
  wrongOption,
} from './rows.ts';

const FROM_ONE = 'a whole number from 1 on';

/** The wrong limits of a world, in addition to those of any function. */
function wrongLimits(caller: string): Misuse[] {
  const limits = ['maxSteps', 'maxMs'].flatMap((name) =>
    wrongOption(caller, name, FROM_ONE, [
      [0, '0'],
      [1.5, '1.5'],
      ['5', '"5"'],
    ]),
  );
  return [...noOptions(caller), ...limits];
}

function wrongChoosers(caller: string): Misuse[] {
  return wrongOption(caller, 'chooser', 'a Chooser', [
    [5, '5'],
    [{}, 'an object'],
    [() => 0, 'a function'],
  ]);
}

/** Attempts something in a world with the nodes `a` and `b`, and throws what was thrown there. */
async function inWorld(attempt: (world: World, running: NodeProcess) => unknown): Promise<void> {
  let thrown: { readonly error: unknown } | undefined;
  await simulate(1, async (world) => {
    const running = world.node('a', () => {});
    world.node('b', () => {});
    await world.sleep(1);
    try {
      await attempt(world, running);
    } catch (error) {
      thrown = { error };
    }
  });
  if (thrown !== undefined) throw thrown.error;
}

/** Each argument, with what it takes in words, what is attempted with it, and further wrong values. */
function wrongArguments(
  of: string,
  argument: string,
  takes: string,
  attempt: (given: never, world: World, running: NodeProcess) => unknown,
): MisusedFunction {
  const caller = of.replace(/^(?:world|nodeProcess)\./, '').replace(/:.*/, '');
  const text = (shown: string) => `${caller}: ${argument} must be ${takes}, not ${shown}`;
  const texts = noTexts(text);
  return {
    of,
    misuses: takes === 'a function' ? noFunctions(text) : withNumbersRight(texts, takes, text),
    attempt: (given: never) => inWorld((world, running) => attempt(given, world, running)),
  };
}

/** Of the values that are no text, those that are no number as well, and numbers out of bounds. */
function withNumbersRight(
  texts: readonly Misuse[],
  takes: string,
  text: (shown: string) => string,
): Misuse[] {
  if (!takes.includes('number')) return [...texts];
  const none = texts.filter(({ given }) => typeof given !== 'number');
  const isBounded = takes.includes('from 0');
  const wrong = TIMES.filter(([given]) => isBounded || given !== -1);
  return [
    ...none.filter(({ given }) => typeof given !== 'bigint'),
    ...wrong.map(([given, shown]) => misuse(given, text(shown))),
  ];
}

/** No node has such a name. */
function noNodes(of: string, attempt: (name: never, world: World) => unknown): MisusedFunction {
  const none = noTexts((shown) => `there is no node ${shown}`);
  return {
    of,
    misuses: [...none, misuse('c', 'there is no node c'), misuse('', 'there is no node ')],
    attempt: (given: never) => inWorld((world) => attempt(given, world)),
  };
}

const FROM_ZERO = 'a number from 0 on';
const MILLISECONDS = 'a number of milliseconds';

const NODES: MisusedFunction[] = [
  wrongArguments('world.node: name', 'name', 'a string', (name, world) =>
    world.node(name, () => {}),
  ),
  wrongArguments('world.node: program', 'program', 'a function', (program, world) =>
    world.node('c', program),
  ),
  noNodes('world.processOf', (name, world) => world.processOf(name)),
  noNodes('world.crash: name', (name, world) => world.crash(name)),
  noNodes('world.restart', (name, world) => world.restart(name)),
  noNodes('world.partition', (name, world) => world.partition('a', name)),
  noNodes('world.heal', (name, world) => world.heal('a', name)),
  noNodes('world.cut', (name, world) => world.cut(name, 'b')),
  noNodes('world.setPath: between', (name, world) => world.setPath({}, ['a', name])),
  noNodes('world.block: name', (name, world) => world.block(name, 1)),
  noNodes('world.jump: name', (name, world) => world.jump(name, 1)),
  wrongArguments('world.block: ms', 'ms', FROM_ZERO, (ms, world) => world.block('a', ms)),
  wrongArguments('world.jump: ms', 'ms', FROM_ZERO, (ms, world) => world.jump('a', ms)),
  wrongArguments('world.sleep', 'ms', MILLISECONDS, (ms, world) => world.sleep(ms)),
  wrongArguments('world.note', 'text', 'a string', (text, world) => world.note(text)),
  wrongArguments('world.anytime', 'action', 'a function', (action, world) => world.anytime(action)),
  wrongArguments('world.anytime: inMs', 'inMs', FROM_ZERO, (inMs, world) =>
    world.anytime(() => {}, inMs),
  ),
  wrongArguments('world.cutOne', 'index', 'a whole number from 0 on', (index, world) =>
    world.cutOne(index),
  ),
  wrongArguments('world.silence', 'index', 'a whole number from 0 on', (index, world) =>
    world.silence(index),
  ),
  wrongArguments(
    'world.silence: direction',
    'direction',
    "'toDialer', 'toListener' or 'both'",
    (direction, world) => world.silence(0, direction),
  ),
  {
    of: 'world.crash',
    misuses: [
      ...noOptions('crash'),
      ...wrongOption('crash', 'kind', "'process' or 'machine'", [['disk', '"disk"']]),
    ],
    attempt: (given: object) => inWorld((world) => world.crash('a', given)),
  },
];

const PROCESSES: MisusedFunction[] = [
  wrongArguments('nodeProcess.sleep', 'ms', MILLISECONDS, (ms, _, running) => running.sleep(ms)),
  wrongArguments('nodeProcess.note', 'text', 'a string', (text, _, running) => running.note(text)),
  wrongArguments('nodeProcess.anytime', 'action', 'a function', (action, _, running) =>
    running.anytime(action),
  ),
  ...(['get', 'put', 'delete'] as const).map((name) =>
    wrongArguments(`store.${name}`, 'key', 'a string', (key, _, { store }) =>
      name === 'put' ? store.put(key, 1) : store[name](key),
    ),
  ),
  ...['listen', 'connect', 'createClient'].map((name) => ({
    of: `nodeProcess.${name}`,
    misuses: noOptions(name),
    attempt: (given: never) =>
      inWorld((_, running) => running[name as 'listen' | 'connect'](given)),
  })),
];

export const WORLDS: MisusedFunction[] = [
  ...NODES,
  ...PROCESSES,
  {
    of: 'simulate',
    misuses: [...wrongLimits('simulate'), ...wrongChoosers('simulate')],
    attempt: (given: object) => simulate(1, () => {}, given),
  },
  {
    of: 'simulate: program',
    misuses: noFunctions((shown) => `simulate: program must be a function, not ${shown}`),
    attempt: (given: () => void) => simulate(1, given),
  },
  {
    of: 'searchSeeds',
    misuses: [
      ...wrongLimits('searchSeeds'),
      ...wrongChoosers('searchSeeds'),
      ...wrongOption('searchSeeds', 'from', 'a whole number from 0 on', [[-1, '-1']]),
      ...wrongOption('searchSeeds', 'count', FROM_ONE, [[0, '0']]),
    ],
    attempt: (given: object) => searchSeeds(() => {}, given),
  },
  {
    of: 'searchSeeds: program',
    misuses: noFunctions((shown) => `searchSeeds: program must be a function, not ${shown}`),
    attempt: (given: () => void) => searchSeeds(given),
  },
  {
    of: 'explore',
    misuses: [
      ...wrongLimits('explore'),
      ...wrongOption('explore', 'seed', 'a whole number from 0 on', [[0.5, '0.5']]),
      ...wrongOption('explore', 'maxRuns', FROM_ONE, [[0, '0']]),
      ...wrongOption('explore', 'maxDeviations', 'a whole number from 0 on', [[-1, '-1']]),
    ],
    attempt: (given: object) => explore(() => {}, given),
  },
  {
    of: 'explore: program',
    misuses: noFunctions((shown) => `explore: program must be a function, not ${shown}`),
    attempt: (given: () => void) => explore(given),
  },
];
