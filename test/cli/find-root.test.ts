import {chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {findRoot, findSession} from '../../source/cli/find-root.js';

type Teardown = {teardown: (end: () => void) => void};

function place(t: Teardown) {
	const top = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'root-')));
	t.teardown(() => rmSync(top, {recursive: true, force: true}));
	const at = (...names: string[]) => path.join(top, ...names);
	const make = (...names: string[]) => mkdirSync(at(...names), {recursive: true});
	const session = (...names: string[]) => {
		make(...names, '.pulsync');
		writeFileSync(at(...names, '.pulsync', 'session.json'), '{}');
	};
	return {at, make, session};
}

test('a folder is part of the project of the nearest session above it', (t) => {
	const {at, make, session} = place(t);
	make('game', 'src', 'ui');
	t.is(findSession(at('game', 'src', 'ui')), undefined);
	session('game');
	t.is(findSession(at('game', 'src', 'ui')), at('game'));
	t.is(findSession(at('game', 'not', 'yet')), at('game'));
	session('game', 'src');
	t.is(findSession(at('game', 'src', 'ui')), at('game', 'src'));
	t.is(findSession(at('other')), undefined);
});

test('a repository inside of a project is no part of it, one around it does not matter', (t) => {
	const {at, make, session} = place(t);
	make('.git');
	session('game');
	make('game', '.git');
	make('game', 'lib', '.git');
	make('game', 'lib', 'src');
	t.is(findSession(at('game', 'lib', 'src')), undefined);
	t.is(findSession(at('game', 'lib')), undefined);
	t.is(findSession(at('game', 'src')), at('game'));
});

test('a link counts as the folder that it leads to', (t) => {
	const {at, make, session} = place(t);
	session('game');
	make('game', 'src');
	symlinkSync(at('game', 'src'), at('link'));
	t.is(findSession(at('link')), at('game'));
});

test('a question without a project says so', (t) => {
	const {at, make} = place(t);
	make('plain');
	make('game', '.pulsync');
	t.is(findRoot(at('game')), at('game'));
	t.throws(() => findRoot(at('plain')), {name: 'Failure', message: 'not_running'});
});

const mayChangeOwner = process.getuid?.() === 0;

(mayChangeOwner ? test : test.skip)("somebody else's session above is not ours", (t) => {
	const {at, make, session} = place(t);
	session('shared');
	make('shared', 'mine');
	t.is(findSession(at('shared', 'mine')), at('shared'));
	chownSync(at('shared', '.pulsync', 'session.json'), 12_345, 12_345);
	t.is(findSession(at('shared', 'mine')), undefined);
});
