import { describePage } from '../support/describe-page.ts';

describePage('docs/shapes.md', { sections: ['A record and a stream of records'] });
