/** Limits of our own traffic, changed while it runs, and what the relay says of its. */
import test from 'ava';
import {limitWords, rateWords} from '../../source/core/limit-words.js';
import {reportLimits, reportStatus} from '../../source/core/status-report.js';
import {ada, OneCore} from '../helpers/one-core.js';

const limit = (side: OneCore, limits: {up?: number | null; down?: number | null}) =>
	side
		.do({type: 'commanded', command: {type: 'set-limits', ...limits}})
		.filter(({type}) => type === 'set-limits');

test('A limit is set for each direction by itself, and the carriers are told when something changes', (t) => {
	const side = new OneCore(ada);
	t.deepEqual(limit(side, {up: 1000}), [{type: 'set-limits', up: 1000, down: undefined}]);
	t.deepEqual(limit(side, {down: 500}), [{type: 'set-limits', up: 1000, down: 500}]);
	t.deepEqual(limit(side, {up: 1000}), []);
	t.deepEqual(reportLimits(side.machine.state), {up: 1000, down: 500});
	t.deepEqual(limit(side, {up: null}), [{type: 'set-limits', up: undefined, down: 500}]);
	t.deepEqual(reportLimits(side.machine.state), {up: null, down: 500});
	t.is(side.machine.state.activity.items.at(-1)?.text, 'limits: up none, down 500 B/s');
});

test('That the relay holds back is said while it does, and once in the list', (t) => {
	const side = new OneCore(ada);
	side.online();
	const limited = () => reportStatus(side.machine.state).relay.limited;
	const say = () =>
		side.do({type: 'relay-limited', scope: 'session', bytesPerSecond: 1_000_000, waitMs: 300});
	t.is(limited(), undefined);
	for (let second = 0; second < 5; second++) {
		say();
		side.at += 1000;
		side.do({type: 'second-passed', meters: []});
		t.deepEqual(limited(), {scope: 'session', bytes_per_second: 1_000_000});
	}
	const lines = side.machine.state.activity.items.filter(({text}) => text.startsWith('limited by the relay'));
	t.deepEqual(
		lines.map(({text}) => text),
		['limited by the relay to 1 MB/s'],
	);
	side.at += 3000;
	side.do({type: 'second-passed', meters: []});
	t.is(limited(), undefined);
});

test('A relay that says it without a connection, or with words of a later version, does no harm', (t) => {
	const side = new OneCore(ada);
	const say = () => side.do({type: 'relay-limited', scope: 'galaxy', bytesPerSecond: 5, waitMs: 1e9});
	say();
	t.is(reportStatus(side.machine.state).relay.limited, undefined);
	side.online();
	say();
	t.deepEqual(reportStatus(side.machine.state).relay.limited, {scope: 'other', bytes_per_second: 5});
	side.at += 60_000;
	side.do({type: 'second-passed', meters: []});
	t.is(reportStatus(side.machine.state).relay.limited, undefined);
});

test('Rates are written as they are typed', (t) => {
	t.deepEqual([1, 999, 1000, 2_500_000, 12_345_678, 5e12].map(rateWords), [
		'1 B/s',
		'999 B/s',
		'1 kB/s',
		'2.5 MB/s',
		'12.3 MB/s',
		'5000 GB/s',
	]);
	t.is(limitWords({up: 2e6, down: undefined}), 'limits: up 2 MB/s, down none');
});
