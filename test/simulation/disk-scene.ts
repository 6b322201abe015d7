/** A disk in memory for tests of one part of the program: with `.pulsync`, a clock that goes on when asked, and faults at calls. */
import {surround} from './take-over.js';
import {addMount, type Mount} from './file-calls.js';
import {MemoryDisk} from './memory-disk.js';
import {Random} from './random.js';
import {VirtualTime} from './virtual-time.js';

export type DiskScene = {
	readonly time: VirtualTime;
	readonly random: Random;
	readonly disk: MemoryDisk;
	/** The absolute path of the project. */
	readonly root: string;
	/** Called before each call is done; throws what goes wrong with it. */
	beforeCall: Mount['enter'];
	/** Lets so much time pass. */
	readonly pass: (ms: number) => Promise<void>;
	/** Lets time pass until this is done. */
	readonly finish: <T>(work: Promise<T>) => Promise<T>;
};

let scenes = 0;

/** Takes over clock and files until `surround(undefined)`. */
export function makeDiskScene({
	seed = 1,
	caseBlind = false,
	tickMs,
}: {seed?: number; caseBlind?: boolean; tickMs?: number} = {}): DiskScene {
	const [time, random] = [new VirtualTime(), new Random(seed)];
	surround({time, random});
	const watchers: Mount['watchers'] = new Map();
	const disk = new MemoryDisk({
		wall: () => time.wall,
		caseBlind,
		tickMs,
		events: {
			changed: (folder, kind, name) => {
				for (const listener of watchers.get(folder) ?? []) time.later(0.1, () => listener(kind, name));
			},
			destroyed: () => undefined,
			taken: () => undefined,
		},
	});
	disk.makeFolder('.pulsync', 0o700);
	disk.sync(disk.root);
	const mount: Mount = {
		disk,
		enter: (kind, call, path) => scene.beforeCall(kind, call, path),
		soon: async (work) => work(),
		watchers,
	};
	const scene: DiskScene = {
		time,
		random,
		disk,
		root: addMount(`scene-${scenes++}`, mount),
		beforeCall: () => undefined,
		pass: async (ms) => void (await time.runUntil(() => false, ms)),
		finish: async (work) => {
			let isDone = false;
			const done = () => {
				isDone = true;
			};
			work.then(done, done);
			if (!(await time.runUntil(() => isDone, 60_000))) throw new Error('it does not come to an end');
			return work;
		},
	};
	return scene;
}
