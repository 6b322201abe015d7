/** What `--at` takes as a time. */
import test from 'ava';
import {atQuestion} from '../../../source/runtime/project/find-commit.js';

const times: readonly (readonly [at: string, iso: string])[] = [
	['2026-01-31T12:00', '2026-01-31T17:00:00Z'],
	['2026-01-31 12:00', '2026-01-31T17:00:00Z'],
	['2026-01-31T12:00:00Z', '2026-01-31T12:00:00Z'],
	['2026-01-31T12:00:00+01:00', '2026-01-31T11:00:00Z'],
	['2026-01-31', '2026-01-31T05:00:00Z'],
	[String(Date.parse('2026-01-31T12:00:00Z')), '2026-01-31T12:00:00Z'],
];

test.serial('a time without a zone is by the clock of this machine, and so is a day alone', (t) => {
	const former = process.env.TZ;
	t.teardown(() => {
		if (former === undefined) delete process.env.TZ;
		else process.env.TZ = former;
	});
	process.env.TZ = 'America/New_York';
	for (const [at, iso] of times) t.deepEqual(atQuestion(at), {at_ms: Date.parse(iso)}, at);
	t.throws(() => atQuestion('2026-13-31'), {message: /bad_time/});
});
