/** Ends a check: prints what is wrong and fails, or says in a line what was looked at. */
export function reportProblems(check: string, problems: readonly string[], allWell: string): void {
  if (problems.length === 0) {
    console.log(`${check}: ${allWell}`);
    return;
  }
  for (const problem of problems) console.error(`${check}: ${problem}`);
  console.error(`${check}: ${problems.length} problem${problems.length === 1 ? '' : 's'}`);
  process.exitCode = 1;
}
