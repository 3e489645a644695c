import { describePage } from '../support/describe-page.ts';

describePage('docs/simulation.md', {
  sections: ['Finding a bug', 'Every order', 'Code that knows nothing of worlds'],
});
