import { describePage } from '../support/describe-page.ts';

describePage('docs/ending-and-draining.md', { sections: ['Draining on SIGTERM'] });
