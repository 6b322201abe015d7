/** What the relay remembers of sessions. */
import test from 'ava';
import {noteReport, SessionBook} from '../../relay/session-book.js';

const none = {direct: 0, proxy: 0, json: 0};

test('one report counts for no more in its session than in the sum of all', (t) => {
	const book = new SessionBook();
	const end = book.enter('s'.repeat(26), 1, 0);
	const report = {links: none, bytes_in: none, bytes_out: {...none, direct: 2 ** 53}, changes: []};
	t.true(noteReport(end, report, 0, 1000));
	t.is(book.list(0, 1)[0]?.bytes.direct, 2 ** 40);
});
