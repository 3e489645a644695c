import { describePage } from '../support/describe-page.ts';

describePage('docs/events.md', { sections: ['State and events', 'Events of a server'] });
