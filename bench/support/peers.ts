import type { LoadSubject, SubjectName, Workload } from './workload.ts';

/** A library that is measured beside sluice. They are in a package of their own. */
export interface Peer {
  readonly name: SubjectName;
  /** Why it can't run on this machine; undefined if it can. */
  readonly absence?: () => string | undefined;
  /** Its part in the workloads that it can do, by their names. */
  readonly subjects: Readonly<Record<string, LoadSubject>>;
}

/** Where the peers' package has its output: beside its dependencies, from where Node finds them. */
const PEERS_MODULE = import.meta.resolve('../../../bench/peers/dist/peers/peers.js');

/** All of them. @throws if their package is not built. */
export async function loadPeers(): Promise<readonly Peer[]> {
  // What the file exports is declared in its source, which the compiler sees only with that package.
  const { PEERS } = (await import(PEERS_MODULE)) as { readonly PEERS: readonly Peer[] };
  return PEERS;
}

/** The workload with those peers among its subjects that can do it. */
export function withPeers(workload: Workload, peers: readonly Peer[]): Workload {
  const added = peers.flatMap(({ name, subjects }) => {
    const load = subjects[workload.name];
    return load === undefined ? [] : [[name, load] as const];
  });
  return { ...workload, subjects: { ...workload.subjects, ...Object.fromEntries(added) } };
}

/** The workload with the floor and the subjects of those names. */
export function onlySubjects(workload: Workload, names: readonly SubjectName[]): Workload {
  const kept = Object.entries(workload.subjects).filter(
    ([name]) => name === 'floor' || names.includes(name),
  );
  // The floor is always kept; sluice need not take part.
  return { ...workload, subjects: Object.fromEntries(kept) as unknown as Workload['subjects'] };
}

/** What a worker runs. */
export async function loadSubject(workload: Workload, name: SubjectName): ReturnType<LoadSubject> {
  const load = workload.subjects[name] ?? withPeers(workload, await loadPeers()).subjects[name];
  if (load === undefined) throw new Error(`${name} has no part in ${workload.name}`);
  return load();
}
