import test from 'ava';
import {moveCursor, windowStart} from '../../source/tui/list-cursor.js';
import {atHome, navigate, type Screen, shownScreen} from '../../source/tui/navigation.js';
import {rateOf} from '../../source/tui/rates.js';
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

test('the versions of a file lie above the history that they were opened from', (t) => {
	const navigation = open({kind: 'history'}, {kind: 'history', path: 'a'}, {kind: 'history', path: 'b'});
	t.deepEqual(navigation, [{kind: 'session'}, {kind: 'history'}, {kind: 'history', path: 'b'}]);
	const fromConflict = open({kind: 'conflicts'}, {kind: 'conflict', path: 'a'}, {kind: 'history', path: 'a'});
	t.is(shownScreen(navigate(fromConflict, {type: 'go-back'})).kind, 'conflict');
});

test('a screen that is gone back to is the one that was left, where it shows the same', (t) => {
	const navigation = open({kind: 'conflicts'}, {kind: 'log'});
	const back = navigate(navigation, {type: 'open-screen', screen: {kind: 'conflicts'}});
	t.is(shownScreen(back), navigation[1] ?? {kind: 'help', from: 'log'});
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

test('rates are averages over the last seconds, longer ones as well, and nothing without a link', (t) => {
	const second = (at: number, direct: number) => ({
		at: noon + at,
		in: {direct, proxy: 0, json: 0},
		out: {direct: 0, proxy: 0, json: 30},
	});
	const bob = makePeer({name: 'bob'});
	t.deepEqual(rateOf(bob), {in: 0, out: 0});
	t.deepEqual(rateOf({...bob, recent: [second(0, 500)]}), {in: 500, out: 30});
	const recent = [second(0, 9000), second(1000, 900), second(2500, 900), second(4000, 0)];
	t.deepEqual(rateOf({...bob, recent}), {in: 450, out: 22.5});
	t.deepEqual(rateOf({...bob, recent, link: {status: 'offline', reason: ''}}), {in: 0, out: 0});
});
