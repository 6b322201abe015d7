/** The question for an invite, as a person answers it at a terminal. */
import {PassThrough} from 'node:stream';
import test from 'ava';
import {readInvite} from '../../source/cli/read-invite.js';
import {type Terminal} from '../../source/cli/terminal.js';
import {formatInvite, type Invite} from '../../source/protocol/invite.js';
import {waitUntil} from '../helpers/wait.js';

const invite: Invite = {
	tls: false,
	addresses: [{host: '192.168.1.20', port: 8787}],
	sessionId: 'abcdefghijklmnopqrstuvwxyz',
	secret: new Uint8Array(32).fill(7),
};
const text = formatInvite(invite);

/** A terminal without a terminal driver: what is typed comes as it is. */
function fakeTerminal() {
	const stdin = Object.assign(new PassThrough(), {isTTY: true});
	const stderr = new PassThrough();
	let shown = '';
	stderr.setEncoding('utf8').on('data', (data: string) => (shown += data));
	const terminal = {stdin, stdout: {isTTY: true}, stderr, env: {}, folder: '/project'};
	return {
		type: (typed: string) => stdin.write(typed),
		shows: async (wanted: string) => waitUntil(wanted, () => shown.includes(wanted) || undefined, 5000),
		// The three streams have all that is asked of them here.
		terminal: terminal as unknown as Terminal,
	};
}

test('an invite in one line is taken at its enter', async (t) => {
	const {terminal, type, shows} = fakeTerminal();
	const read = readInvite(terminal, []);
	await shows('Invite: ');
	type(`${text}\n`);
	t.deepEqual(await read, {invite, folder: '/project'});
});

test('an invite that was wrapped where it was shown is asked for to its end', async (t) => {
	const {terminal, type, shows} = fakeTerminal();
	const read = readInvite(terminal, []);
	await shows('Invite: ');
	type(`${text.slice(0, 20)}\n${text.slice(20, 50)}\n${text.slice(50)}`);
	await shows('The rest of it: ');
	type('\n');
	t.deepEqual((await read).invite, invite);
});

test('an empty line ends an invite that is wrong, and what is none is refused at once', async (t) => {
	const {terminal, type, shows} = fakeTerminal();
	const read = readInvite(terminal, []);
	type(`${text.slice(0, -3)}\n`);
	await shows('The rest of it: ');
	type('\n');
	await t.throwsAsync(read, {code: 'bad_invite'});

	const other = fakeTerminal();
	const readOther = readInvite(other.terminal, []);
	other.type('hello\n');
	await t.throwsAsync(readOther, {code: 'bad_invite'});
});
