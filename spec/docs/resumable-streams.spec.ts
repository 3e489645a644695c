import { describePage } from '../support/describe-page.ts';

describePage('docs/resumable-streams.md', {
  sections: ['Resumable streams', 'Acknowledging by hand'],
});
