import { formatTotals, readTestResults } from './test-results.ts';

console.log(formatTotals(readTestResults()));
