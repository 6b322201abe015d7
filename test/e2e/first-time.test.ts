/**
 * The path of somebody who never saw the program: start, host, copy the invite, join in a second terminal, edit, see it,
 * make a conflict, settle it, switch the tier, quit. Every key that is pressed stands on the screen at that moment.
 */
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {type Action, type Place} from '../../source/tui/binding.js';
import {keyName} from '../../source/tui/key-name.js';
import {bindingsOf} from '../../source/tui/keymap.js';
import {text} from '../../source/tui/text.js';
import {Lab, programFile} from '../helpers/peer-process.js';
import {TestTerminal} from '../helpers/terminal.js';
import {waitUntil} from '../helpers/wait.js';

/** A slow machine may take long for a step; none of them is about time. */
const stepMs = 60_000;

/** A person in front of a terminal who knows no key but those that they read. */
class Newcomer {
	readonly terminal: TestTerminal;

	constructor(t: ExecutionContext, lab: Lab, name: string, relayUrl: string) {
		this.terminal = new TestTerminal({
			args: [programFile],
			cwd: lab.path(name),
			env: {...lab.env, PULSYNC_NAME: name, PULSYNC_RELAY_URL: relayUrl},
		});
		t.teardown(() => this.terminal.close());
	}

	async sees(wanted: string | RegExp): Promise<void> {
		await this.terminal.waitFor(wanted, stepMs);
	}

	/** Presses a key once the screen says what it is called and what it does. */
	async pressNamed(name: string, label: string, key: string): Promise<void> {
		await this.sees(`${name} ${label}`);
		this.terminal.press(key);
	}

	/** Presses the key of an action, where its hint is shown. */
	async does(action: Action, place: Place): Promise<void> {
		const binding = bindingsOf(place).find((one) => one.action === action && one.rank !== undefined);
		if (!binding) throw new Error(`The ${place} screen shows no key for ${action}.`);
		const key = binding.keys[0]!;
		await this.pressNamed(keyName(key), binding.label, key);
	}

	/** What the program put into the clipboard last. */
	get clipboard(): string {
		const copied = [...this.terminal.raw.matchAll(/\u001B\]52;c;([^\u0007\u001B]*)/g)].at(-1)?.[1] ?? '';
		return Buffer.from(copied, 'base64').toString();
	}
}

test('a newcomer gets from the start to the end by the keys on the screen alone', async (t) => {
	const lab = new Lab(t);
	const relay = await lab.relay();
	const file = (name: string) => path.join(lab.path(name), 'player.txt');
	const holds = (name: string, content: string) =>
		waitUntil(`${content} on the disk of ${name}`, () => read(file(name)) === content, stepMs);
	writeFileSync(file('ada'), 'speed 1\n');

	const ada = new Newcomer(t, lab, 'ada', relay.url);
	await ada.sees(text.start.host);
	await ada.pressNamed('enter', text.keys.choose, 'enter');
	await ada.sees(text.noPeers);
	await ada.does('invite', 'session');
	await ada.does('copy', 'invite');
	await waitUntil('the invite in the clipboard', () => ada.clipboard.startsWith('pulsync:'), stepMs);
	await ada.does('back', 'invite');

	const bob = new Newcomer(t, lab, 'bob', relay.url);
	await bob.sees(text.start.join);
	await bob.pressNamed('↑↓', text.keys.move, 'down');
	await bob.sees(new RegExp(`▸ ${text.start.join}`));
	await bob.pressNamed('enter', text.keys.choose, 'enter');
	await bob.sees(text.start.askInvite);
	bob.terminal.paste(ada.clipboard);
	await bob.sees(text.start.valid);
	await bob.pressNamed('enter', text.keys.check, 'enter');
	await bob.sees('in step');
	await holds('bob', 'speed 1\n');
	await ada.sees('in step');

	writeFileSync(path.join(lab.path('ada'), 'enemy.txt'), 'hp 10\n');
	await waitUntil(
		'the new file at the other one',
		() => read(path.join(lab.path('bob'), 'enemy.txt')) === 'hp 10\n',
		stepMs,
	);
	await bob.sees('enemy.txt');

	for (const one of [ada, bob]) {
		await one.does('pause', 'session');
		await one.sees('paused');
	}
	writeFileSync(file('ada'), 'speed 2\n');
	writeFileSync(file('bob'), 'speed 3\n');
	for (const one of [ada, bob]) await one.pressNamed('p', text.goOn, 'p');
	for (const one of [ada, bob]) await one.sees(/! player\.txt/);
	await bob.does('conflicts', 'session');
	await bob.does('open', 'conflicts');
	await bob.sees('speed 2');
	await bob.sees('speed 3');
	await bob.does('take-mine', 'conflict');
	await holds('ada', 'speed 3\n');
	await ada.sees('in step');

	await ada.does('tier', 'session');
	await ada.sees(text.notices.tierAll('direct'));
	await ada.sees('in step');

	for (const one of [ada, bob]) {
		await one.does('quit', 'session');
		t.is((await one.terminal.exited).code, 0);
		t.false(one.terminal.isAlternate);
		t.false(one.terminal.isCursorHidden);
		t.false(one.terminal.isBracketedPaste);
	}
});

function read(file: string): string | undefined {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		return undefined;
	}
}
