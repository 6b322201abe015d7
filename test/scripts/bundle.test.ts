/** The program as it is started: in few files, each command loading few of them. */
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';

const folder = path.resolve('dist/program');
const entry = path.join(folder, 'cli.js');
const session = path.join(folder, 'parts', 'session-program.js');

/** The files that are loaded with one, itself included; what is imported later by `import()` is not. */
function loadedWith(file: string, known = new Set<string>()): Set<string> {
	if (known.has(file)) return known;
	known.add(file);
	for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|\} from|export).*"(\..+)";$/gm))
		loadedWith(path.resolve(path.dirname(file), name), known);
	return known;
}

/** The part that holds a module which is loaded later, by that module's name. */
function partNamed(name: string, from: Iterable<string>): string {
	for (const file of from) {
		const [, part] =
			new RegExp(`import\\("(\\.{1,2}/(?:parts/)?${name}-[A-Z0-9]+\\.js)"\\)`).exec(
				readFileSync(file, 'utf8'),
			) ?? [];
		if (part !== undefined) return path.resolve(path.dirname(file), part);
	}
	throw new Error(`Nothing loads ${name}.`);
}

test("help and questions to a running session are one small script, which loads Node's own modules alone", (t) => {
	const text = readFileSync(entry, 'utf8');
	t.true(text.length < 100_000, `${text.length} bytes`);
	t.true(text.startsWith("#!/usr/bin/env node\n'use strict';\n"));
	const required = [...text.matchAll(/\brequire\("(.+?)"\)/g)].map(([, name = '']) => name);
	t.deepEqual(
		required.filter((name) => !name.startsWith('node:')),
		[],
	);
	const later = [...text.matchAll(/\bimport\("(.+?)"\)/g)].map(([, name]) => name);
	t.deepEqual(
		later.sort(),
		['leave', 'relay', 'session'].map((name) => `./parts/${name}-program.js`),
	);
});

test('the screen is one part with the production build of React', (t) => {
	const screen = loadedWith(partNamed('draw-session', loadedWith(session)));
	const text = readFileSync(partNamed('draw', screen), 'utf8');
	t.true(text.includes('react-reconciler.production.js'));
	t.false(text.includes('react-reconciler.development.js'));
});

test('no pattern of all emoji is made before one is needed', (t) => {
	const screen = loadedWith(partNamed('draw-session', loadedWith(session)));
	const patterns = [...screen].flatMap((file) => readFileSync(file, 'utf8').match(/.*RGI_Emoji.*/g) ?? []);
	t.is(patterns.length, 1);
	t.regex(patterns[0] ?? '', /\?\?= new RegExp/);
});

test('the program of data channels lies beside the part that starts it', (t) => {
	const child = path.join(folder, 'parts', 'ice-child.js');
	t.true(existsSync(child));
	t.false(readFileSync(child, 'utf8').includes('"../'), 'it loads nothing of another folder');
});
