import { describePage } from '../support/describe-page.ts';

describePage('docs/call-limits-and-policies.md', { sections: ['Limits of calls, and policies'] });
