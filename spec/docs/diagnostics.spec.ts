import { describePage } from '../support/describe-page.ts';

describePage('docs/diagnostics.md', {
  sections: ['Watching calls, streams and connections', 'Snapshots'],
});
