/** demo.tape works as it is written, and the film of it in README is a film of these lines. */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {fingerprint, textsOfFilm} from '../demo/film.js';
import {playTape} from '../demo/play-tape.js';
import {parseTape} from '../demo/tape.js';
import {Lab} from '../helpers/peer-process.js';

const steps = parseTape(readFileSync('demo.tape', 'utf8'));

test('the steps of demo.tape do what they show', async (t) => {
	const lab = new Lab(t);
	const folder = lab.path('demo');
	await playTape(steps, {folder, env: lab.env}, {realTime: false});
	for (const name of ['my-game', 'copy']) {
		t.is(readFileSync(path.join(folder, name, 'player.txt'), 'utf8'), 'speed 3\n', name);
		t.is(readFileSync(path.join(folder, name, 'textures.bin')).length, 30_000_000, name);
	}
});

test('docs/demo.svg is made of demo.tape (npm run demo makes it anew)', (t) => {
	const film = readFileSync('docs/demo.svg', 'utf8');
	t.true(film.includes(`<metadata>tape ${fingerprint(steps)}</metadata>`));
	const frames = textsOfFilm(film);
	let from = 0;
	let isShown = true;
	for (const step of steps) {
		if (step.type === 'show') isShown = step.isShown;
		if (!isShown || step.type !== 'wait' || step.on !== 'screen') continue;
		const found = frames.findIndex((frame, index) => index >= from && step.pattern.test(frame));
		t.true(found >= 0, `${step.pattern} is seen after frame ${from}`);
		from = Math.max(from, found);
	}
});

test('a line that is not understood is refused, not left out', (t) => {
	t.throws(() => parseTape('Scroll 3'), {message: /Scroll 3/});
	t.throws(() => parseTape('Wait+Screen until it is there'), {message: /until it is there/});
	t.like(parseTape('# a word\nType "a b"\nCtrl+Z\nSleep 1.5s'), [
		{type: 'type', text: 'a b'},
		{type: 'key', key: 'ctrl-z'},
		{type: 'sleep', ms: 1500},
	]);
});
