/** One random edit of a folder after another, as a seed decides: everything that people and programs do to files. */
import {
	appendFileSync,
	chmodSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {type Random} from './random.js';
import {sampleText} from './sample-project.js';

type Edit = (folder: string, random: Random) => void;

const names = [
	'one.txt',
	'two.txt',
	'sub',
	'deep',
	'with space',
	'é.txt',
	"quo'te",
	'zero',
	'data.bin',
	'link',
];

/** Does one edit; one that the folder's state does not allow (another peer's change came between) does nothing. */
export function editOnce(folder: string, random: Random): void {
	const edit = random.pick(edits);
	try {
		edit(folder, random);
	} catch (error) {
		const {code} = error as NodeJS.ErrnoException;
		if (!code || !/^(ENOENT|EEXIST|EISDIR|ENOTDIR|ENOTEMPTY|EINVAL|ELOOP)$/.test(code)) throw error;
	}
}

const newPath = (folder: string, random: Random) => {
	const depth = random.below(3);
	const parts = Array.from({length: depth + 1}, () => random.pick(names));
	return path.join(folder, ...parts);
};

const write: Edit = (folder, random) => {
	const file = newPath(folder, random);
	mkdirSync(path.dirname(file), {recursive: true});
	writeFileSync(file, sampleText(random, random.below(40)));
};

const editLine: Edit = (folder, random) => {
	const file = anyFile(folder, random);
	const lines = readFileSync(file, 'utf8').split('\n');
	lines[random.below(lines.length)] = `edited ${random.below(1_000_000)}`;
	writeFileSync(file, lines.join('\n'));
};

const edits: readonly Edit[] = [
	write,
	write,
	editLine,
	editLine,
	editLine,
	(folder, random) => appendFileSync(anyFile(folder, random), sampleText(random, 2)),
	(folder, random) => rmSync(anyFile(folder, random)),
	(folder, random) => renameSync(anyFile(folder, random), newPath(folder, random)),
	(folder, random) => chmodSync(anyFile(folder, random), random.next() < 0.5 ? 0o755 : 0o644),
	(folder, random) => writeFileSync(anyFile(folder, random), ''),
	(folder, random) => writeFileSync(anyFile(folder, random), random.bytes(1 + random.below(300_000))),
	(folder, random) => symlinkSync(random.pick(names), newPath(folder, random)),
	(folder, random) => {
		// Saved the way editors do it: a whole new file under the old name.
		const file = anyFile(folder, random);
		writeFileSync(`${file}~`, sampleText(random, 5));
		renameSync(`${file}~`, file);
	},
	(folder, random) => {
		// A file and a folder change places.
		const entry = path.join(folder, random.pick(names));
		const isFolder = lstatSync(entry).isDirectory();
		rmSync(entry, {recursive: true});
		if (isFolder) writeFileSync(entry, 'a file now\n');
		else {
			mkdirSync(entry);
			writeFileSync(path.join(entry, 'inner.txt'), 'inner\n');
		}
	},
];

/** A file that is there; ENOENT where there is none. */
function anyFile(folder: string, random: Random): string {
	let current = folder;
	for (;;) {
		const entries = readdirSync(current, {withFileTypes: true})
			.filter(({name}) => name !== '.pulsync')
			.sort((one, other) => (one.name < other.name ? -1 : 1));
		const entry = random.pick(entries);
		// An empty folder: there is nothing to pick.
		if (entry === undefined) throw Object.assign(new Error('no file'), {code: 'ENOENT'});
		current = path.join(current, entry.name);
		if (entry.isFile()) return current;
		if (!entry.isDirectory()) throw Object.assign(new Error('no file'), {code: 'ENOENT'});
	}
}
