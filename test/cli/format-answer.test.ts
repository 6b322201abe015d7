/** What the commands that ask a running session print for a person. */
import test from 'ava';
import {reportStatus} from '../../source/core/status-report.js';
import {formatAnswer, formatNothing} from '../../source/cli/format-answer.js';
import {sampleState} from '../helpers/sample-state.js';

test('status has sizes that a person can read', (t) => {
	const state = sampleState();
	const project = {...state.project, files: 1204, bytes: 66_004_994, storeBytes: 1_660_748_200};
	const text = formatAnswer('status', {...reportStatus({...state, project})});
	t.regex(text, /1,204 files {2}66 MB {2}store 1\.7 GB\n/);
});

const zones: readonly (readonly [zone: string, text: string])[] = [
	['UTC', '2026-07-01T12:00:05+00:00'],
	['Asia/Kolkata', '2026-07-01T17:30:05+05:30'],
	['America/St_Johns', '2026-07-01T09:30:05-02:30'],
	['Pacific/Kiritimati', '2026-07-02T02:00:05+14:00'],
];

test.serial(
	'history says when in the time of this machine, with its offset, so that it can be given to --at',
	(t) => {
		const former = process.env.TZ;
		t.teardown(() => {
			if (former === undefined) delete process.env.TZ;
			else process.env.TZ = former;
		});
		const at = Date.UTC(2026, 6, 1, 12, 0, 5);
		const entries = [{commit: 'c'.repeat(40), at, name: 'ada', paths: ['a.txt'], more: 0}];
		for (const [zone, text] of zones) {
			process.env.TZ = zone;
			t.is(formatAnswer('history', {entries, end: 'start'}), `cccccccccccc  ${text}  ada  a.txt\n`);
			t.is(Date.parse(text), at);
		}
	},
);

test('an answer without lines has words for a person', (t) => {
	t.is(formatAnswer('conflicts', {conflicts: []}), '');
	t.is(formatNothing('conflicts'), 'no conflicts\n');
	t.is(formatNothing('diff'), 'no differences\n');
	t.is(formatNothing('pause'), '');
});
