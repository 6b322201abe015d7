/**
 * A disk in memory that knows what is durable: bytes after a sync of their file, names after a sync of their folder.
 * `losePower` forgets the rest, or some of it, or tears it. Paths are relative to the disk and not followed through links,
 * which nothing here needs.
 */
import {constants} from 'node:os';
import {type Random} from './random.js';

export type Kind = 'file' | 'folder' | 'symlink';

export type Node = {
	readonly ino: number;
	readonly kind: Kind;
	mode: number;
	/** Bytes of a file, or a link's text. */
	data: Buffer;
	/** The bytes that a power cut leaves; none were synced yet if undefined. */
	synced: Buffer | undefined;
	mtimeNs: bigint;
	ctimeNs: bigint;
	readonly birthMs: number;
	links: number;
	/** A folder that is `.pulsync` or below it. */
	readonly internal: boolean;
	/** It stood in the project under some name. */
	visible: boolean;
	/** Bytes in it are a person's, who does not sync. */
	byUser: boolean;
	readonly entries: Map<string, Entry>;
	stable: Map<string, Entry>;
	/** Where a power cut leaves a folder, which unlike a file has one place; undefined before one of its names was synced. */
	place: {readonly folder: Node; readonly key: string; readonly turn: number} | undefined;
};

type Entry = {readonly name: string; readonly node: Node};

type NewName = {readonly folder: Node; readonly name: string; readonly node: Node | undefined};

/** What one operation does to names, all or nothing. */
type NameChange = {readonly turn: number; readonly names: readonly NewName[]};

/** Who does it: the program, or a person whose editor does not sync. */
export type Actor = 'program' | 'user';

export type DiskEvents = {
	/** The name's entry changed (`rename`) or the file's bytes or mode did (`change`). */
	changed(folder: Node, kind: 'rename' | 'change', name: string): void;
	/** The last name of a file that stood in the project went, by the program's hand. */
	destroyed(node: Node): void;
	/** The program took a file from its place in the project, which may get another in this instant. */
	taken(path: string, node: Node): void;
};

/** The clock of a file system goes in ticks, of which none is at a whole second by chance. */
const fineTickMs = 4;

export class DiskError extends Error {
	readonly errno: number;

	constructor(
		readonly code: string,
		readonly call: string,
		readonly path: string,
	) {
		super();
		this.errno = -(constants.errno[code as keyof typeof constants.errno] ?? 1);
	}

	/** Put together only for the few of them that somebody reads. */
	override get message(): string {
		return `${this.code}: ${this.call} '${this.path}'`;
	}
}

export class MemoryDisk {
	readonly root: Node;
	readonly events: DiskEvents;
	readonly caseBlind: boolean;
	freeBytes = 1e12;
	readonly #wall: () => number;
	readonly #tickMs: number;
	#nextIno = 2;
	/** The last tick of the clock that was asked for. */
	#tick = 0;
	#tickNs = 0n;
	#pending: NameChange[] = [];
	#turn = 0;

	constructor(options: {wall: () => number; events: DiskEvents; caseBlind: boolean; tickMs?: number}) {
		this.#wall = options.wall;
		this.events = options.events;
		this.caseBlind = options.caseBlind;
		this.#tickMs = options.tickMs ?? fineTickMs;
		this.root = this.#make('folder', 0o755, false);
		this.root.links = 1;
	}

	/** What stands at a path; undefined for nothing. Throws ENOTDIR below a file. */
	find(path: string, call = 'lstat'): Node | undefined {
		let node: Node | undefined = this.root;
		// Without a list of the names: this is asked for more often than anything else.
		for (let at = 0; at < path.length;) {
			const slash = path.indexOf('/', at);
			const name = path.slice(at, slash < 0 ? undefined : slash);
			at += name.length + 1;
			if (name === '' || name === '.') continue;
			if (node.kind !== 'folder') throw new DiskError('ENOTDIR', call, path);
			node = node.entries.get(this.#key(name))?.node;
			if (!node) return undefined;
		}
		return node;
	}

	/** A path as what stands there is spelt, as far as something does. */
	spelt(path: string): string {
		let node: Node | undefined = this.root;
		const names = partsOf(path).map((part) => {
			const entry: Entry | undefined = node?.entries.get(this.#key(part));
			node = entry?.node;
			return entry?.name ?? part;
		});
		return names.join('/');
	}

	get(path: string, call: string): Node {
		const node = this.find(path, call);
		if (!node) throw new DiskError('ENOENT', call, path);
		return node;
	}

	folder(path: string, call: string): Node {
		const node = this.get(path, call);
		if (node.kind !== 'folder') throw new DiskError('ENOTDIR', call, path);
		return node;
	}

	/** Names in a folder as they are spelt. */
	list(folder: Node): Entry[] {
		return [...folder.entries.values()];
	}

	createFile(path: string, mode: number, call: string): Node {
		const {folder, name} = this.#place(path, call);
		const node = this.#make('file', mode & 0o755, false);
		this.#change([{folder, name, node}]);
		return node;
	}

	makeFolder(path: string, mode: number): void {
		if (this.find(path, 'mkdir')) throw new DiskError('EEXIST', 'mkdir', path);
		const {folder, name} = this.#place(path, 'mkdir');
		const internal = folder.internal || (folder === this.root && name === '.pulsync');
		this.#change([{folder, name, node: this.#make('folder', mode & 0o755, internal)}]);
	}

	symlink(target: string, path: string): void {
		if (this.find(path, 'symlink')) throw new DiskError('EEXIST', 'symlink', path);
		const {folder, name} = this.#place(path, 'symlink');
		const node = this.#make('symlink', 0o777, false);
		node.data = Buffer.from(target);
		node.synced = node.data;
		this.#change([{folder, name, node}]);
	}

	link(from: string, to: string): void {
		const node = this.get(from, 'link');
		if (node.kind === 'folder') throw new DiskError('EPERM', 'link', from);
		if (this.find(to, 'link')) throw new DiskError('EEXIST', 'link', to);
		const {folder, name} = this.#place(to, 'link');
		this.#change([{folder, name, node}]);
		this.touched(node);
	}

	rename(from: string, to: string, actor: Actor): void {
		const node = this.get(from, 'rename');
		const old = this.#place(from, 'rename');
		const place = this.#place(to, 'rename');
		const there = this.find(to, 'rename');
		const isSpelling = there === node && old.folder === place.folder && old.name !== place.name;
		if (there === node && !isSpelling) return;
		if (node.kind === 'folder' && this.#isIn(place.folder, node)) throw new DiskError('EINVAL', 'rename', to);
		if (there && !isSpelling) {
			if (there.kind === 'folder' && node.kind !== 'folder') throw new DiskError('EISDIR', 'rename', to);
			if (there.kind !== 'folder' && node.kind === 'folder') throw new DiskError('ENOTDIR', 'rename', to);
			if (there.entries.size > 0) throw new DiskError('ENOTEMPTY', 'rename', to);
		}
		this.#change(
			[
				{...old, node: undefined},
				{...place, node},
			],
			actor,
		);
		this.touched(node);
	}

	unlink(path: string, actor: Actor): void {
		const node = this.get(path, 'unlink');
		if (node.kind === 'folder') throw new DiskError('EISDIR', 'unlink', path);
		this.#change([{...this.#place(path, 'unlink'), node: undefined}], actor);
	}

	removeFolder(path: string): void {
		const node = this.folder(path, 'rmdir');
		if (node.entries.size > 0) throw new DiskError('ENOTEMPTY', 'rmdir', path);
		this.#change([{...this.#place(path, 'rmdir'), node: undefined}]);
	}

	setData(node: Node, data: Buffer): void {
		node.data = data;
		node.mtimeNs = this.#now();
		this.touched(node);
		this.#tellChange(node);
	}

	setMode(node: Node, mode: number): void {
		node.mode = mode & 0o7777;
		this.touched(node);
		this.#tellChange(node);
	}

	touched(node: Node): void {
		node.ctimeNs = this.#now();
	}

	/** Only the times of the file change, as with touch(1). */
	touch(node: Node): void {
		node.mtimeNs = this.#now();
		this.touched(node);
		this.#tellChange(node);
	}

	sync(node: Node): void {
		if (node.kind !== 'folder') {
			node.synced = node.data;
			return;
		}
		const [mine, others] = [[], []] as [NameChange[], NameChange[]];
		for (const change of this.#pending) {
			(change.names.some(({folder}) => folder === node) ? mine : others).push(change);
		}
		for (const change of mine) this.#settle(change);
		this.#pending = others;
	}

	/** All that was written so far becomes durable. */
	syncAll(folder = this.root): void {
		this.sync(folder);
		for (const {node} of folder.entries.values()) {
			if (node.kind === 'folder') this.syncAll(node);
			else this.sync(node);
		}
	}

	/** The power goes: of what was not synced some is there and some is not. */
	losePower(random: Random): void {
		const isOrdered = random.chance(0.6);
		const cut = random.int(this.#pending.length + 1);
		for (const [at, change] of this.#pending.entries()) {
			if (isOrdered ? at < cut : random.chance(0.5)) this.#settle(change);
		}
		this.#pending = [];
		this.#restore(this.root, random, new Set());
	}

	/** All paths below a folder with what stands there, folders included; the names of `.pulsync` are left out. */
	*walk(folder: Node = this.root, prefix = ''): Iterable<[path: string, node: Node]> {
		for (const {name, node} of this.list(folder)) {
			if (node.internal) continue;
			yield [prefix + name, node];
			if (node.kind === 'folder') yield* this.walk(node, `${prefix}${name}/`);
		}
	}

	#restore(folder: Node, random: Random, seen: Set<Node>): void {
		folder.entries.clear();
		for (const [key, entry] of folder.stable) {
			const {place} = entry.node;
			// Of two renames only the second one was written: the folder is where that one brought it.
			if (place && (place.folder !== folder || place.key !== key)) folder.stable.delete(key);
			else folder.entries.set(key, entry);
		}
		for (const {node} of folder.entries.values()) {
			if (!seen.has(node)) node.links = 0;
			node.links++;
			if (seen.has(node)) continue;
			seen.add(node);
			if (node.kind === 'folder') this.#restore(node, random, seen);
			else if (node.synced !== node.data) this.#tear(node, random);
		}
	}

	#tear(node: Node, random: Random): void {
		const old = node.synced ?? Buffer.alloc(0);
		const {data} = node;
		const kind = random.weighted({old: 3, new: 3, empty: 1, part: 2, zeros: 1});
		if (kind === 'old') node.data = old;
		else if (kind === 'empty') node.data = Buffer.alloc(0);
		else if (kind === 'part') node.data = data.subarray(0, random.int(data.length + 1));
		else if (kind === 'zeros') node.data = Buffer.alloc(data.length);
		node.synced = node.data;
		// Times and size are written with the bytes, or not at all.
		if (node.data !== data) node.mtimeNs = node.ctimeNs -= 1_000_000_000n;
	}

	#settle({turn, names}: NameChange): void {
		for (const {folder, name, node} of names) {
			const key = this.#key(name);
			if (!node) {
				folder.stable.delete(key);
				continue;
			}
			folder.stable.set(key, {name, node});
			if (node.kind === 'folder' && turn > (node.place?.turn ?? 0)) node.place = {folder, key, turn};
		}
	}

	#change(names: readonly NewName[], actor: Actor = 'program'): void {
		this.#pending.push({turn: ++this.#turn, names});
		for (const {folder, name, node} of names) {
			const key = this.#key(name);
			const before = folder.entries.get(key)?.node;
			if (node) {
				folder.entries.set(key, {name, node});
				node.links++;
				node.visible ||= !folder.internal;
			} else folder.entries.delete(key);
			if (before && before !== node && actor === 'program' && !folder.internal && before.kind !== 'folder')
				this.events.taken(`${this.#pathOf(folder)}${name}`, before);
			if (before) this.#dropped(before, actor);
			folder.mtimeNs = folder.ctimeNs = this.#now();
			this.events.changed(folder, 'rename', name);
		}
	}

	#dropped(node: Node, actor: Actor): void {
		node.links--;
		this.touched(node);
		// A rename takes the old name away before it gives the new one.
		if (node.links > 0 || actor === 'user' || node.kind === 'folder' || !node.visible) return;
		queueMicrotask(() => {
			if (node.links === 0) this.events.destroyed(node);
		});
	}

	#tellChange(node: Node): void {
		// What never stood in the project is in `.pulsync`, where nobody looks.
		const parent = node.visible ? this.#parentOf(this.root, node) : undefined;
		if (parent) this.events.changed(parent.folder, 'change', parent.name);
	}

	/** Where a node that is not internal stands. */
	#parentOf(folder: Node, node: Node): {folder: Node; name: string} | undefined {
		for (const {name, node: child} of folder.entries.values()) {
			if (child === node) return {folder, name};
			if (child.kind !== 'folder' || child.internal) continue;
			const found = this.#parentOf(child, node);
			if (found) return found;
		}
		return undefined;
	}

	/** The path of a folder with a slash behind it; nothing for the root. */
	#pathOf(folder: Node): string {
		if (folder === this.root) return '';
		const place = this.#parentOf(this.root, folder);
		return place ? `${this.#pathOf(place.folder)}${place.name}/` : '';
	}

	#isIn(folder: Node, top: Node): boolean {
		if (folder === top) return true;
		return this.list(top).some(({node}) => node.kind === 'folder' && this.#isIn(folder, node));
	}

	#place(path: string, call: string): {folder: Node; name: string} {
		const at = path.lastIndexOf('/');
		return {folder: this.folder(path.slice(0, Math.max(0, at)), call), name: path.slice(at + 1)};
	}

	#make(kind: Kind, mode: number, internal: boolean): Node {
		const now = this.#now();
		return {
			ino: this.#nextIno++,
			kind,
			mode,
			data: Buffer.alloc(0),
			synced: undefined,
			mtimeNs: now,
			ctimeNs: now,
			birthMs: this.#wall(),
			links: 0,
			internal,
			visible: false,
			byUser: false,
			entries: new Map(),
			stable: new Map(),
			place: undefined,
		};
	}

	#key(name: string): string {
		return this.caseBlind ? name.toLowerCase() : name;
	}

	#now(): bigint {
		const tick = Math.floor(this.#wall() / this.#tickMs);
		if (tick !== this.#tick) {
			const offsetNs = this.#tickMs === fineTickMs ? 1n : 0n;
			[this.#tick, this.#tickNs] = [tick, BigInt(tick * this.#tickMs) * 1_000_000n + offsetNs];
		}
		return this.#tickNs;
	}
}

function partsOf(path: string): readonly string[] {
	return path.split('/').filter((part) => part !== '' && part !== '.');
}
