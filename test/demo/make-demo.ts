/** `npm run demo`: plays demo.tape at the pace of a person and writes what was seen to docs/demo.svg. */
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {Lab} from '../helpers/peer-process.js';
import {cellHeight, cellWidth, darkTheme} from '../helpers/screen-picture.js';
import {type Frame, makeFilm} from './film.js';
import {playTape} from './play-tape.js';
import {parseTape} from './tape.js';

const cleanups: (() => unknown)[] = [];
const lab = new Lab({teardown: (work) => cleanups.push(work), timeout: () => undefined});
const steps = parseTape(readFileSync('demo.tape', 'utf8'));
const frames: Frame[] = [];
const size = {columns: 0, rows: 0};
try {
	await playTape(
		steps,
		{folder: lab.path('demo'), env: lab.env},
		{
			realTime: true,
			onFrame(terminal) {
				const rows = terminal.rowPictures();
				size.rows = rows.length;
				size.columns = terminal.columns;
				frames.push({atMs: performance.now(), rows});
			},
		},
	);
	const film = makeFilm(frames, steps, {
		width: Math.ceil(size.columns * cellWidth),
		rowHeight: cellHeight,
		rows: size.rows,
		paper: darkTheme.paper,
		ink: darkTheme.ink,
	});
	mkdirSync('docs', {recursive: true});
	writeFileSync(path.join('docs', 'demo.svg'), film);
	process.stdout.write(`docs/demo.svg: ${frames.length} frames seen, ${film.length} bytes\n`);
} finally {
	for (const cleanup of cleanups.reverse()) await cleanup();
}
