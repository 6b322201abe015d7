/**
 * The screen of the real program in a real terminal, as a person uses it: host, invite, a peer joins, a transfer, a
 * conflict settled by keys, resize, quit; and the terminal is as it was before.
 */
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {Lab, programFile} from '../helpers/peer-process.js';
import {makeProject} from '../helpers/sample-project.js';
import {TestTerminal} from '../helpers/terminal.js';
import {waitUntil} from '../helpers/wait.js';

const invitePattern = /pulsync:[^/\s]+\/[a-z2-7]{26}\//;

function open(
	t: ExecutionContext,
	lab: Lab,
	name: string,
	args: readonly string[],
	size: [number, number],
): TestTerminal {
	const terminal = new TestTerminal({
		args: [programFile, ...args],
		cwd: lab.path(name),
		env: lab.env,
		columns: size[0],
		rows: size[1],
	});
	t.teardown(async () => terminal.close());
	return terminal;
}

test('a person hosts, invites, sees a peer and its transfer, settles a conflict, resizes and quits', async (t) => {
	const lab = new Lab(t);
	makeProject(lab.path('game'), {texts: 100, binaries: 8, binaryBytes: 5_000_000, seed: 7});
	writeFileSync(path.join(lab.path('game'), 'player.txt'), 'speed 1\n');
	const ada = open(
		t,
		lab,
		'game',
		['--name', 'ada', '--host', '127.0.0.1', '--advertise', '127.0.0.1'],
		[120, 40],
	);

	await ada.waitFor(/Host\b.*folder/);
	t.true(ada.isAlternate);
	ada.press('enter');
	await ada.waitFor('Nobody else is here yet');
	ada.press('i');
	await ada.waitFor(invitePattern);
	const lines = ada.grid().map((line) => line.trim());
	const first = lines.findIndex((line) => line.startsWith('pulsync:'));
	const invite = lines.slice(first, lines.indexOf('', first)).join('');
	ada.press('escape');
	await ada.waitFor('Throughput');

	mkdirSync(lab.path('copy'), {recursive: true});
	const bob = open(t, lab, 'copy', ['join', invite, '--name', 'bob'], [80, 24]);
	await ada.waitFor(/bob\s+direct/);
	// The graph draws what the transfer moves, in braille.
	await ada.waitFor(/[\u2801-\u28FF]{2}/, 60_000);
	await bob.waitFor('in step', 60_000);
	await ada.waitFor('in step', 60_000);
	const file = (name: string) => path.join(lab.path(name), 'player.txt');
	t.is(readFileSync(file('copy'), 'utf8'), 'speed 1\n');

	// Both pause, so that both edit the same line before they hear of each other.
	for (const screen of [ada, bob]) screen.press('p');
	for (const screen of [ada, bob]) await screen.waitFor('paused');
	writeFileSync(file('game'), 'speed 2\n');
	writeFileSync(file('copy'), 'speed 3\n');
	for (const screen of [ada, bob]) screen.press('p');
	await ada.waitFor(/! player\.txt/, 30_000);
	await bob.waitFor(/! player\.txt/, 30_000);
	bob.press('c');
	await bob.waitFor('player.txt');
	bob.press('enter');
	await bob.waitFor('speed 2');
	await bob.waitFor('speed 3');
	bob.press('m');
	await waitUntil(
		'the resolution on the other disk',
		() => readFileSync(file('game'), 'utf8') === 'speed 3\n',
	);
	await ada.waitFor('No conflicts.');

	for (const [columns, rows] of [
		[60, 15],
		[200, 60],
		[100, 30],
	] as const) {
		const widest = () => Math.max(...ada.grid().map((line) => line.length));
		ada.resize(columns, rows);
		await ada.waitUntil(
			() => ada.grid()[0]!.includes('game') && ada.text().includes('q quit') && widest() === columns,
			'a drawn screen',
		);
	}

	for (const screen of [bob, ada]) {
		screen.press('q');
		const {code} = await screen.exited;
		t.is(code, 0);
		t.false(screen.isAlternate);
		t.false(screen.isCursorHidden);
		t.false(screen.isBracketedPaste);
	}
});
