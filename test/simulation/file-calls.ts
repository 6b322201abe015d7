/**
 * The calls of `node:fs` that the program makes, on disks in memory. Paths look like `/sim/<mount>/…`; a mount belongs to
 * one run of one program, so that a call of a program that was killed is known and does nothing any more.
 */
import {constants} from 'node:fs';
import {DiskError, type Kind, type MemoryDisk, type Node} from './memory-disk.js';

export const mountFolder = '/sim/';

/** What may happen to a call before it is done. */
export type CallKind = 'look' | 'open' | 'read' | 'write' | 'name' | 'sync';

/** One run of the program on a disk. */
export type Mount = {
	readonly disk: MemoryDisk;
	/** Throws what goes wrong with a call; for one of a program that is dead too. */
	readonly enter: (kind: CallKind, call: string, path: string) => void;
	/** Runs the call now or a little later; never, if the program is dead by then. */
	readonly soon: <T>(work: () => T) => Promise<T>;
	readonly watchers: Map<Node, Set<(kind: string, name: string) => void>>;
};

type Place = {readonly mount: Mount; readonly path: string; readonly full: string};

type Flags = {read: boolean; write: boolean; append: boolean; create: boolean; excl: boolean; cut: boolean};

type OpenFile = {readonly node: Node; readonly flags: Flags; readonly place: Place; at: number};

type StatOptions = {bigint?: boolean; throwIfNoEntry?: boolean} | undefined;
type ListOptions = {withFileTypes?: boolean; encoding?: string} | string | undefined;
type MakeOptions = {recursive?: boolean; mode?: number} | number | undefined;
type RemoveOptions = {recursive?: boolean; force?: boolean} | undefined;
type TextOptions = {encoding?: string; mode?: number; flag?: string} | string | undefined;

const mounts = new Map<string, Mount>();

export function addMount(name: string, mount: Mount): string {
	mounts.set(name, mount);
	return mountFolder + name;
}

/** Lets go of all mounts; nothing runs on them any more. */
export function removeMounts(): void {
	mounts.clear();
	descriptors.clear();
}

export function isMounted(path: unknown): path is string {
	return typeof path === 'string' && path.startsWith(mountFolder);
}

function placeOf(full: string): Place {
	const name = nameOf(full);
	const mount = mounts.get(name);
	if (!mount) throw new DiskError('ENOENT', 'mount', full);
	return {mount, path: full.slice(mountFolder.length + name.length + 1), full};
}

function nameOf(full: string): string {
	const slash = full.indexOf('/', mountFolder.length);
	return full.slice(mountFolder.length, slash < 0 ? undefined : slash);
}

// — Looking —

const owner = {dev: 77, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0};
const bigOwner = {dev: 77n, uid: BigInt(owner.uid), gid: BigInt(owner.gid)};

const typeBits = {file: 0o100000, folder: 0o040000, symlink: 0o120000};

/** As it was at the call; numbers become large integers only where somebody asks for them. */
class Stats {
	readonly nlink: number;
	readonly dev: number | bigint;
	readonly uid: number | bigint;
	readonly gid: number | bigint;
	readonly mtimeNs: bigint;
	readonly ctimeNs: bigint;
	readonly #kind: Kind;
	readonly #isBig: boolean;
	readonly #ino: number;
	readonly #mode: number;
	readonly #size: number;
	readonly #birthMs: number;

	constructor(node: Node, isBig: boolean) {
		this.#kind = node.kind;
		this.#isBig = isBig;
		this.#ino = node.ino;
		this.#mode = typeBits[node.kind] | node.mode;
		this.#size = node.kind === 'folder' ? 4096 : node.data.length;
		this.#birthMs = node.birthMs;
		this.nlink = node.links;
		({dev: this.dev, uid: this.uid, gid: this.gid} = isBig ? bigOwner : owner);
		this.mtimeNs = node.mtimeNs;
		this.ctimeNs = node.ctimeNs;
	}

	get ino(): number | bigint {
		return this.#as(this.#ino);
	}

	get mode(): number | bigint {
		return this.#as(this.#mode);
	}

	get size(): number | bigint {
		return this.#as(this.#size);
	}

	get birthtimeMs(): number | bigint {
		return this.#as(this.#birthMs);
	}

	get mtimeMs(): number | bigint {
		return this.#as(Number(this.mtimeNs / 1_000_000n));
	}

	get atimeMs(): number | bigint {
		return this.mtimeMs;
	}

	get ctimeMs(): number | bigint {
		return this.#as(Number(this.ctimeNs / 1_000_000n));
	}

	isFile(): boolean {
		return this.#kind === 'file';
	}

	isDirectory(): boolean {
		return this.#kind === 'folder';
	}

	isSymbolicLink(): boolean {
		return this.#kind === 'symlink';
	}

	#as(value: number): number | bigint {
		return this.#isBig ? BigInt(Math.floor(value)) : value;
	}
}

class Dirent {
	constructor(
		readonly name: string | Buffer,
		readonly parentPath: string,
		readonly node: Node,
	) {}

	isFile(): boolean {
		return this.node.kind === 'file';
	}

	isDirectory(): boolean {
		return this.node.kind === 'folder';
	}

	isSymbolicLink(): boolean {
		return this.node.kind === 'symlink';
	}
}

function statOf(full: string, options: StatOptions, call: string): Stats | undefined {
	const {mount, path} = placeOf(full);
	mount.enter('look', call, path);
	const node = mount.disk.find(path, call);
	if (!node && options?.throwIfNoEntry === false) return undefined;
	if (!node) throw new DiskError('ENOENT', call, full);
	return new Stats(node, options?.bigint === true);
}

function list(full: string, options: ListOptions): unknown[] {
	const {mount, path} = placeOf(full);
	mount.enter('look', 'readdir', path);
	const entries = mount.disk.list(mount.disk.folder(path, 'readdir'));
	const asBytes = typeof options === 'object' && options.encoding === 'buffer';
	const nameOf = (name: string) => (asBytes ? Buffer.from(name) : name);
	if (typeof options !== 'object' || options.withFileTypes !== true)
		return entries.map(({name}) => nameOf(name));
	return entries.map(({name, node}) => new Dirent(nameOf(name), full, node));
}

function readLink(full: string, options?: {encoding?: string} | string): string | Buffer {
	const {mount, path} = placeOf(full);
	mount.enter('look', 'readlink', path);
	const node = mount.disk.get(path, 'readlink');
	if (node.kind !== 'symlink') throw new DiskError('EINVAL', 'readlink', full);
	const encoding = typeof options === 'object' ? options.encoding : options;
	return encoding === 'buffer' ? Buffer.from(node.data) : node.data.toString();
}

// — Names —

/** With `recursive` the first folder that was made, as Node has it. */
function makeFolder(full: string, options?: MakeOptions): string | undefined {
	const {mount, path} = placeOf(full);
	mount.enter('name', 'mkdir', path);
	const {recursive = false, mode = 0o777} = typeof options === 'object' ? options : {mode: options};
	if (!recursive) {
		mount.disk.makeFolder(path, mode);
		return undefined;
	}
	let first: string | undefined;
	const parts = path.split('/');
	for (let count = 1; count <= parts.length; count++) {
		const part = parts.slice(0, count).join('/');
		const there = mount.disk.find(part, 'mkdir');
		if (there && there.kind !== 'folder') throw new DiskError('EEXIST', 'mkdir', full);
		if (there) continue;
		mount.disk.makeFolder(part, mode);
		first ??= full.slice(0, full.length - path.length) + part;
	}
	return first;
}

function remove(full: string, options?: RemoveOptions): void {
	const {mount, path} = placeOf(full);
	mount.enter('name', 'rm', path);
	let node: Node | undefined;
	try {
		node = mount.disk.find(path, 'rm');
	} catch (error) {
		if (options?.force !== true) throw error;
	}
	if (!node && options?.force !== true) throw new DiskError('ENOENT', 'rm', full);
	if (!node) return;
	if (node.kind === 'folder' && options?.recursive !== true) throw new DiskError('ERR_FS_EISDIR', 'rm', full);
	removeAll(mount.disk, path, node);
}

function removeAll(disk: MemoryDisk, path: string, node: Node): void {
	if (node.kind !== 'folder') return disk.unlink(path, 'program');
	for (const {name, node: child} of disk.list(node)) removeAll(disk, `${path}/${name}`, child);
	disk.removeFolder(path);
}

function removeFolder(full: string): void {
	const {mount, path} = placeOf(full);
	mount.enter('name', 'rmdir', path);
	mount.disk.removeFolder(path);
}

function unlink(full: string): void {
	const {mount, path} = placeOf(full);
	mount.enter('name', 'unlink', path);
	mount.disk.unlink(path, 'program');
}

function rename(from: string, to: string): void {
	const [old, place] = [placeOf(from), placeOf(to)];
	old.mount.enter('name', 'rename', `${old.path} → ${place.path}`);
	old.mount.disk.rename(old.path, place.path, 'program');
}

function link(from: string, to: string): void {
	const [old, place] = [placeOf(from), placeOf(to)];
	old.mount.enter('name', 'link', `${old.path} → ${place.path}`);
	old.mount.disk.link(old.path, place.path);
}

function symlink(target: string, full: string): void {
	const {mount, path} = placeOf(full);
	mount.enter('name', 'symlink', path);
	mount.disk.symlink(target, path);
}

function changeMode(full: string, mode: number): void {
	const {mount, path} = placeOf(full);
	mount.enter('name', 'chmod', path);
	mount.disk.setMode(mount.disk.get(path, 'chmod'), mode);
}

let temporaryFolders = 0;

function makeTemporary(prefix: string): string {
	const full = `${prefix}${String(temporaryFolders++).padStart(6, '0')}`;
	makeFolder(full, {mode: 0o700});
	return full;
}

// — Contents —

function parseFlags(flags: string | number): Flags {
	if (typeof flags === 'number') {
		const access = flags & 3;
		return {
			read: access !== constants.O_WRONLY,
			write: access !== constants.O_RDONLY,
			append: (flags & constants.O_APPEND) !== 0,
			create: (flags & constants.O_CREAT) !== 0,
			excl: (flags & constants.O_EXCL) !== 0,
			cut: (flags & constants.O_TRUNC) !== 0,
		};
	}
	const [kind] = flags;
	return {
		read: kind === 'r' || flags.includes('+'),
		write: kind !== 'r' || flags.includes('+'),
		append: kind === 'a',
		create: kind !== 'r',
		excl: flags.includes('x'),
		cut: kind === 'w',
	};
}

function openFile(full: string, how: string | number = 'r', mode = 0o666): OpenFile {
	const place = placeOf(full);
	const {mount, path} = place;
	const flags = parseFlags(how);
	mount.enter(flags.create ? 'name' : 'open', 'open', path);
	let node = mount.disk.find(path, 'open');
	if (node && flags.create && flags.excl) throw new DiskError('EEXIST', 'open', full);
	if (!node && !flags.create) throw new DiskError('ENOENT', 'open', full);
	if (node?.kind === 'symlink') throw new DiskError('ELOOP', 'open', full);
	if (node?.kind === 'folder' && flags.write) throw new DiskError('EISDIR', 'open', full);
	node ??= mount.disk.createFile(path, mode, 'open');
	if (flags.cut && node.data.length > 0) mount.disk.setData(node, Buffer.alloc(0));
	return {node, flags, place, at: 0};
}

function writeAt(file: OpenFile, bytes: Uint8Array, position: number | undefined): number {
	const {node, flags, place} = file;
	place.mount.enter('write', 'write', place.path);
	const at = flags.append ? node.data.length : (position ?? file.at);
	const data = Buffer.alloc(Math.max(node.data.length, at + bytes.length));
	node.data.copy(data);
	data.set(bytes, at);
	place.mount.disk.setData(node, data);
	if (position === undefined) file.at = at + bytes.length;
	return bytes.length;
}

function readAt(
	file: OpenFile,
	buffer: Uint8Array,
	offset: number,
	length: number,
	position?: number | null,
): number {
	const {node, place} = file;
	place.mount.enter('read', 'read', place.path);
	if (node.kind === 'folder') throw new DiskError('EISDIR', 'read', place.full);
	const at = position ?? file.at;
	const bytes = node.data.subarray(at, at + length);
	buffer.set(bytes, offset);
	if (position === undefined || position === null) file.at = at + bytes.length;
	return bytes.length;
}

function bytesOf(data: unknown, encoding: BufferEncoding = 'utf8'): Uint8Array {
	return typeof data === 'string' ? Buffer.from(data, encoding) : (data as Uint8Array);
}

function asText(data: Buffer, options: TextOptions): string | Buffer {
	const encoding = typeof options === 'object' ? options.encoding : options;
	return encoding === undefined ? Buffer.from(data) : data.toString(encoding as BufferEncoding);
}

function readWhole(full: string, options?: TextOptions): string | Buffer {
	const file = openFile(full);
	file.place.mount.enter('read', 'read', file.place.path);
	if (file.node.kind === 'folder') throw new DiskError('EISDIR', 'read', full);
	return asText(file.node.data, options);
}

function writeWhole(full: string, data: unknown, options?: TextOptions): void {
	const {mode, flag = 'w'} = typeof options === 'object' ? options : {};
	writeAt(openFile(full, flag, mode), bytesOf(data), undefined);
}

function syncNow({place, node}: OpenFile): void {
	place.mount.enter('sync', 'sync', place.path);
	place.mount.disk.sync(node);
}

class Handle {
	readonly #file: OpenFile;

	constructor(file: OpenFile) {
		this.#file = file;
	}

	async writeFile(data: unknown): Promise<void> {
		await this.#soon(() => writeAt(this.#file, bytesOf(data), undefined));
	}

	async appendFile(data: unknown): Promise<void> {
		await this.writeFile(data);
	}

	async readFile(options?: TextOptions): Promise<string | Buffer> {
		return this.#soon(() => {
			const {place, node} = this.#file;
			place.mount.enter('read', 'read', place.path);
			return asText(node.data, options);
		});
	}

	async read(buffer: Uint8Array, offset = 0, length = buffer.length - offset, position?: number | null) {
		const bytesRead = await this.#soon(() => readAt(this.#file, buffer, offset, length, position));
		return {bytesRead, buffer};
	}

	async write(bytes: Uint8Array, offset = 0, length = bytes.length - offset, position?: number) {
		const part = Buffer.from(bytes.subarray(offset, offset + length));
		const bytesWritten = await this.#soon(() => writeAt(this.#file, part, position));
		return {bytesWritten, buffer: bytes};
	}

	async truncate(length = 0): Promise<void> {
		await this.#soon(() => {
			const {place, node} = this.#file;
			place.mount.enter('write', 'truncate', place.path);
			if (node.data.length === length) return;
			const data = Buffer.alloc(length);
			node.data.copy(data);
			place.mount.disk.setData(node, data);
		});
	}

	async sync(): Promise<void> {
		await this.#soon(() => syncNow(this.#file));
	}

	async datasync(): Promise<void> {
		await this.sync();
	}

	async stat(options?: StatOptions): Promise<Stats> {
		return this.#soon(() => new Stats(this.#file.node, options?.bigint === true));
	}

	async chmod(mode: number): Promise<void> {
		await this.#soon(() => this.#file.place.mount.disk.setMode(this.#file.node, mode));
	}

	async chown(): Promise<void> {
		// Everything has one owner.
	}

	async close(): Promise<void> {
		await this.#soon(() => undefined);
	}

	#soon<T>(work: () => T): Promise<T> {
		return this.#file.place.mount.soon(work);
	}
}

const descriptors = new Map<number, OpenFile>();
let nextDescriptor = 1_000_000;

/** Numbers of files that `openSync` opened here are above this. */
export const firstDescriptor = nextDescriptor;

function descriptor(number: number): OpenFile {
	const file = descriptors.get(number);
	if (!file) throw new DiskError('EBADF', 'fd', String(number));
	return file;
}

// — The two faces —

export const syncCalls = {
	lstatSync: (path: string, options?: StatOptions) => statOf(path, options, 'lstat'),
	statSync: (path: string, options?: StatOptions) => statOf(path, options, 'stat'),
	readdirSync: list,
	readlinkSync: readLink,
	mkdirSync: makeFolder,
	rmSync: remove,
	rmdirSync: removeFolder,
	unlinkSync: unlink,
	renameSync: rename,
	linkSync: link,
	symlinkSync: symlink,
	chmodSync: changeMode,
	readFileSync: readWhole,
	writeFileSync: writeWhole,
	openSync: (path: string, flags?: string | number, mode?: number) => {
		const number = nextDescriptor++;
		descriptors.set(number, openFile(path, flags, mode));
		return number;
	},
};

export const descriptorCalls = {
	fstatSync: (number: number, options?: StatOptions) =>
		new Stats(descriptor(number).node, options?.bigint === true),
	fchmodSync: (number: number, mode: number) => {
		const {place, node} = descriptor(number);
		place.mount.enter('name', 'fchmod', place.path);
		place.mount.disk.setMode(node, mode);
	},
	readSync: (number: number, buffer: Uint8Array, offset: number, length: number, position: number) =>
		readAt(descriptor(number), buffer, offset, length, position),
	writeSync: (number: number, bytes: Uint8Array, offset = 0) =>
		writeAt(descriptor(number), bytes.subarray(offset), undefined),
	fchownSync: () => {
		// Everything has one owner.
	},
	fsync: syncLater,
	fdatasync: syncLater,
	closeSync: (number: number) => void descriptors.delete(number),
};

function syncLater(number: number, done: (error: unknown) => void): void {
	const file = descriptor(number);
	file.place.mount.soon(() => syncNow(file)).then(() => done(null), done);
}

/** The same, later, in the run of the program that asks. */
function later<A extends [string, ...never[]], T>(work: (...args: A) => T): (...args: A) => Promise<T> {
	// One promise a call: millions of them are made.
	return (...args) => {
		const mount = mounts.get(nameOf(args[0]));
		return mount
			? mount.soon(() => work(...args))
			: Promise.reject(new DiskError('ENOENT', 'mount', args[0]));
	};
}

/** Calls that answer to the function which is their last argument. */
export const callbackCalls = {
	open: (path: string, flags: string, ...rest: readonly (number | Opened)[]) => {
		const done = rest.at(-1) as Opened;
		const mount = mounts.get(nameOf(path));
		if (!mount) return done(new DiskError('ENOENT', 'mount', path));
		mount.soon(() => syncCalls.openSync(path, flags)).then((file) => done(null, file), done);
	},
};

type Opened = (error: unknown, file?: number) => void;

export const promiseCalls = {
	lstat: later((path: string, options?: StatOptions) => statOf(path, options, 'lstat')),
	stat: later((path: string, options?: StatOptions) => statOf(path, options, 'stat')),
	readdir: later(list),
	readlink: later(readLink),
	mkdir: later(makeFolder),
	rm: later(remove),
	rmdir: later(removeFolder),
	unlink: later(unlink),
	rename: later(rename),
	link: later(link),
	chmod: later(changeMode),
	mkdtemp: later(makeTemporary),
	readFile: later(readWhole),
	writeFile: later(writeWhole),
	access: later((path: string) => void statOf(path, undefined, 'access')),
	realpath: later((path: string) => path),
	copyFile: later((from: string, to: string) => writeWhole(to, readWhole(from))),
	open: later(
		(path: string, flags?: string | number, mode?: number) => new Handle(openFile(path, flags, mode)),
	),
	statfs: later((path: string) => ({
		bavail: placeOf(path).mount.disk.freeBytes,
		bsize: 1,
		type: 0xef53,
	})),
};

/** Watches one folder; answers with what ends it. */
export function watchFolder(full: string, tell: (kind: string, name: string) => void): () => void {
	const {mount, path} = placeOf(full);
	mount.enter('look', 'watch', path);
	const node = mount.disk.get(path, 'watch');
	const listeners = mount.watchers.get(node) ?? new Set();
	mount.watchers.set(node, listeners.add(tell));
	return () => listeners.delete(tell);
}

/** A path of the mount that a full path names. */
export function innerPath(full: string): {mount: Mount; path: string} {
	return placeOf(full);
}
