import test from 'ava';
import {moveCursor, windowStart} from '../../source/tui/list-cursor.js';
import {atHome, navigate, type Screen, shownScreen} from '../../source/tui/navigation.js';
import {rateOf, trackRates} from '../../source/tui/rates.js';
import {makePeer, noon} from './fixtures/state.js';

const open = (...screens: readonly Screen[]) =>
	screens.reduce((navigation, screen) => navigate(navigation, {type: 'open-screen', screen}), atHome);

test('going back leads to where one came from, and never out of the session', (t) => {
	const navigation = open({kind: 'conflicts'}, {kind: 'conflict', path: 'a'});
	t.is(shownScreen(navigation).kind, 'conflict');
	const back = navigate(navigation, {type: 'go-back'});
	t.is(shownScreen(back).kind, 'conflicts');
	const home = navigate(navigate(back, {type: 'go-back'}), {type: 'go-back'});
	t.deepEqual(home, atHome);
});

test('a screen is open once: opening it again goes back to it', (t) => {
	const navigation = open({kind: 'log'}, {kind: 'conflicts'}, {kind: 'log'}, {kind: 'conflicts'});
	t.deepEqual(
		navigation.map((screen) => screen.kind),
		['session', 'log', 'conflicts'],
	);
});

test('the cursor stays in its list', (t) => {
	t.is(moveCursor(0, 'up', 5, 3), 0);
	t.is(moveCursor(4, 'down', 5, 3), 4);
	t.is(moveCursor(0, 'page-down', 5, 3), 2);
	t.is(moveCursor(9, 'down', 5, 3), 4, 'after the list became shorter');
	t.is(moveCursor(2, 'last', 0, 3), 0);
	t.is(moveCursor(2, 'copy', 5, 3), 2);
});

test('a window shows the cursor and is never emptier than it must be', (t) => {
	t.is(windowStart(0, 10, 4), 0);
	t.is(windowStart(5, 10, 4), 3);
	t.is(windowStart(9, 10, 4), 6);
	t.is(windowStart(1, 2, 4), 0);
});

test('rates are averages over the last seconds', (t) => {
	const at = (bytes: number) =>
		makePeer({
			name: 'bob',
			bytes: {in: {direct: bytes, proxy: 0, json: 0}, out: {direct: 0, proxy: 0, json: 0}},
		});
	let history = trackRates(new Map(), [at(0)], noon);
	t.deepEqual(rateOf(history, at(0), noon), {in: 0, out: 0});
	for (let second = 1; second <= 10; second++) {
		history = trackRates(history, [at(second * 1000)], noon + second * 1000);
	}
	t.deepEqual(rateOf(history, at(10_000), noon + 10_000), {in: 1000, out: 0});
	history = trackRates(history, [], noon + 11_000);
	t.is(history.size, 0, 'peers that are gone are forgotten');
});
