/** How long from a save on one disk until it is on the other. */
import {
	closeSync,
	existsSync,
	openSync,
	readdirSync,
	readFileSync,
	readSync,
	renameSync,
	rmSync,
	writeFileSync,
	writeSync,
} from 'node:fs';
import path from 'node:path';
import {seededRandom} from '../../test/helpers/random.js';
import {type Contender, type Figures} from '../contest.js';
import {pulsyncPair} from '../contenders/pulsync.js';
import {syncthingPair} from '../contenders/syncthing.js';
import {type Keeper, type Pair} from '../contenders/tool.js';
import {type Place} from '../place.js';
import {type ProjectName, projects, type Size} from '../projects.js';
import {present, type Scenario} from './scenario.js';

/** Makes up its mind what to change in the source folder; then the clock starts. */
type Change = (
	source: string,
	round: number,
) => {
	readonly begin: () => void;
	/** Whether the target has it. */
	readonly isIn: (target: string) => boolean;
};

const deadlineMs = 120_000;
const lookEveryMs = 2;
const binary = 'large.bin';

/** Files of the project in an order that a seed decides, so that rounds meet different folders. */
function someFiles(folder: string, count: number): string[] {
	const all = readdirSync(folder, {recursive: true, encoding: 'utf8'})
		.filter((name) => name.endsWith('.txt') && !name.startsWith('.pulsync'))
		.sort();
	const random = seededRandom(4);
	return Array.from({length: count}, () => random.pick(all));
}

/** Some remove a file before they put the next one in its place. */
function reads(file: string, text: string): boolean {
	try {
		return readFileSync(file, 'utf8') === text;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
		throw error;
	}
}

const saveOne: Change = (source, round) => {
	const file = someFiles(source, round + 1).at(-1)!;
	const text = `saved in round ${round}\n`;
	return {
		begin: () => writeFileSync(path.join(source, file), text),
		isIn: (target) => reads(path.join(target, file), text),
	};
};

const saveMany: Change = (source, round) => {
	const files = [...new Set(someFiles(source, 500))];
	return {
		begin() {
			for (const file of files) writeFileSync(path.join(source, file), `${file} in round ${round}\n`);
		},
		isIn: (target) => files.every((file) => reads(path.join(target, file), `${file} in round ${round}\n`)),
	};
};

const deleteOne: Change = (source, round) => {
	const file = `doomed-${round}.txt`;
	return {
		begin: () => rmSync(path.join(source, file)),
		isIn: (target) => !existsSync(path.join(target, file)),
	};
};

const renameFolder: Change = (source, round) => {
	const [from, to] = round % 2 === 0 ? ['part-0', 'moved'] : ['moved', 'part-0'];
	const present = existsSync(path.join(source, from)) ? [from, to] : [to, from];
	const count = readdirSync(path.join(source, present[0]!), {recursive: true}).length;
	return {
		begin: () => renameSync(path.join(source, present[0]!), path.join(source, present[1]!)),
		isIn: (target) =>
			!existsSync(path.join(target, present[0]!)) &&
			existsSync(path.join(target, present[1]!)) &&
			readdirSync(path.join(target, present[1]!), {recursive: true}).length === count,
	};
};

const editBinary: Change = (source, round) => {
	const at = 25_000_000 % sizeOf(path.join(source, binary));
	const byte = Buffer.of(round % 256);
	return {
		begin() {
			const handle = openSync(path.join(source, binary), 'r+');
			writeSync(handle, byte, 0, 1, at);
			closeSync(handle);
		},
		isIn: (target) => byteAt(path.join(target, binary), at) === byte[0],
	};
};

function byteAt(file: string, at: number): number | undefined {
	if (!existsSync(file)) return undefined;
	const handle = openSync(file, 'r');
	const byte = Buffer.alloc(1);
	const read = readSync(handle, byte, 0, 1, at);
	closeSync(handle);
	return read === 1 ? byte[0] : undefined;
}

function sizeOf(file: string): number {
	return readFileSync(file).length;
}

async function untilSeen(sees: () => boolean): Promise<void> {
	const until = Date.now() + deadlineMs;
	while (!sees()) {
		if (Date.now() > until) throw new Error('a change did not arrive');
		await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
	}
}

type Kind = {
	readonly name: string;
	readonly title: string;
	readonly project: ProjectName;
	readonly change: Change;
	/** What has to be there on both sides before the clock starts. */
	readonly before?: (source: string, round: number) => (target: string) => boolean;
	readonly prepare?: (source: string, size: Size) => void;
	readonly runs?: number;
};

function save(kind: Kind, keepers: readonly Keeper[]): Scenario {
	return {
		name: kind.name,
		title: kind.title,
		runs: kind.runs,
		contenders: (place, size) => present(keepers).map((keeper) => contender(kind, keeper, place, size)),
	};
}

function contender(kind: Kind, keeper: Keeper, place: Place, size: Size): Contender {
	let pair: Pair;
	return {
		name: keeper.name,
		async setUp() {
			const source = place.emptyFolder('source');
			projects[kind.project](source, size);
			kind.prepare?.(source, size);
			pair = await keeper.keep(place, source);
		},
		async run(round): Promise<Figures> {
			const prepared = kind.before?.(pair.source, round);
			if (prepared) await untilSeen(() => prepared(pair.target));
			const before = await pair.wireBytes?.();
			const change = kind.change(pair.source, round);
			const startedAt = performance.now();
			change.begin();
			await untilSeen(() => change.isIn(pair.target));
			const ms = performance.now() - startedAt;
			if (before === undefined) return {ms};
			return {ms, 'wire KB': ((await pair.wireBytes!()) - before) / 1000};
		},
	};
}

const pairs = [pulsyncPair('direct'), syncthingPair];
const savesPerRun = 30;

export const saves: readonly Scenario[] = [
	save(
		{
			name: 'save-in-2,000',
			title: 'save → peer: a small file of 2,000',
			project: '2,000 files',
			change: saveOne,
			runs: savesPerRun,
		},
		[...pairs, pulsyncPair('proxy'), pulsyncPair('json')],
	),
	save(
		{
			name: 'save-in-50,000',
			title: 'save → peer: a small file of 50,000',
			project: '50,000 files',
			change: saveOne,
			runs: savesPerRun,
		},
		pairs,
	),
	save(
		{
			name: 'save-binary',
			title: 'save → peer: one byte in the middle of 50 MB',
			project: '2,000 files',
			prepare: (source, size) =>
				writeFileSync(
					path.join(source, binary),
					seededRandom(5).bytes(size === 'full' ? 50_000_000 : 1_000_000),
				),
			change: editBinary,
		},
		pairs,
	),
	save(
		{name: 'save-500', title: 'save → peer: 500 files at once', project: '2,000 files', change: saveMany},
		pairs,
	),
	save(
		{
			name: 'delete',
			title: 'delete → peer: a file',
			project: '2,000 files',
			before(source, round) {
				writeFileSync(path.join(source, `doomed-${round}.txt`), 'soon gone\n');
				return (target) => existsSync(path.join(target, `doomed-${round}.txt`));
			},
			change: deleteOne,
		},
		pairs,
	),
	save(
		{
			name: 'rename-folder',
			title: 'rename → peer: a folder of 1,000 files',
			project: '2,000 files',
			change: renameFolder,
		},
		pairs,
	),
];
