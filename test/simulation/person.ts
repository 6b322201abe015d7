/** Somebody at a machine who edits, moves and deletes; each content is a new one, so that it can be told where it went. */
import {isBelow} from '../../source/core/reconcile/path-order.js';
import {type Path} from '../../source/protocol/content.js';
import {type MemoryDisk, type Node} from './memory-disk.js';
import {type Random} from './random.js';
import {type VirtualTime} from './virtual-time.js';

export const editKinds = [
	'save',
	'save-slowly',
	'save-by-rename',
	'append',
	'new',
	'delete',
	'rename',
	'move-up',
	'move-folder',
	'swap',
	'spelling',
	'mode',
	'touch',
	'link',
	'same',
	'rules',
] as const;
export type EditKind = (typeof editKinds)[number];

const names = ['a', 'b', 'c', 'd', 'ü', 'x y'];
const rules = ['*.tmp', 'build/', 'lib/', 'doc/', 'deep/', 'a', 'c', 'moved/'];
const folders = ['', '', 'lib/', 'lib/deep/', 'doc/'];

export class Person {
	/** Paths where this person's hand was, names that went included. */
	readonly touched = new Set<Path>();
	/** Paths that this person took away, or put something else in the place of. */
	readonly removed = new Set<Path>();
	/** Ignore rules that this person ever wrote. */
	readonly rules = new Set<string>();
	readonly #disk: MemoryDisk;
	readonly #random: Random;
	readonly #time: VirtualTime;
	readonly #fresh: () => string;

	constructor(means: {disk: MemoryDisk; random: Random; time: VirtualTime; fresh: () => string}) {
		this.#disk = means.disk;
		this.#random = means.random;
		this.#time = means.time;
		this.#fresh = means.fresh;
	}

	/** Does one thing where the disk allows it; says what. */
	edit(kind: EditKind): string {
		const files = this.#files();
		const file = this.#random.one(files.length > 0 ? files : ['a']);
		switch (kind) {
			case 'save':
				return this.write(file, this.#changed(file));
			case 'append':
				return this.write(file, `${this.#textOf(file)}${this.#fresh()}\n`);
			case 'same':
				return this.write(file, 'the same for all\n');
			case 'rules': {
				if (this.#random.chance(0.2)) return this.#remove(this.#rulesPath());
				return this.writeRules(rules.filter(() => this.#random.chance(0.3)));
			}
			case 'new':
				return this.write(this.#freePath(), this.#random.chance(0.1) ? '' : this.#newText());
			case 'save-slowly': {
				const text = this.#changed(file);
				if (find(this.#disk, file)?.kind !== 'file') return this.write(file, text);
				this.write(file, '');
				this.#time.later(this.#random.between(0.5, 30), () => {
					if (find(this.#disk, file)?.kind === 'file') this.write(file, text);
				});
				return `saves ${file} slowly`;
			}
			case 'save-by-rename': {
				const temporary = `${file}~${this.#random.int(1000)}`;
				if (!find(this.#disk, file)) return this.write(file, this.#newText());
				this.write(temporary, this.#changed(file));
				this.#rename(temporary, file);
				return `saves ${file} by a rename`;
			}
			case 'delete':
				return this.#remove(file);
			case 'rename':
				return this.#rename(file, this.#freePath());
			case 'move-up':
				return this.#rename(file, file.split('/').slice(-2).join('/').replace('/', '-'));
			case 'move-folder': {
				const folder = this.#random.one(['lib', 'lib/deep', 'doc']);
				return this.#rename(folder, this.#random.one(['lib', 'doc', 'moved', 'lib/sub']));
			}
			case 'swap': {
				const node = find(this.#disk, file);
				if (!node) return 'nothing';
				if (this.#random.chance(0.5) && file.includes('/')) {
					const folder = file.split('/')[0]!;
					this.#remove(folder);
					return this.write(folder, this.#newText());
				}
				this.#remove(file);
				return this.write(`${file}/inside`, this.#newText());
			}
			case 'spelling': {
				const name = file.split('/').at(-1)!;
				const other = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
				return this.#rename(file, file.slice(0, file.length - name.length) + other);
			}
			case 'mode': {
				const node = find(this.#disk, file);
				if (node?.kind !== 'file') return 'nothing';
				this.#touch(file);
				this.#disk.setMode(node, node.mode ^ 0o111);
				return `changes the mode of ${file}`;
			}
			case 'touch': {
				const node = find(this.#disk, file);
				if (node) this.#disk.touch(node);
				return `touches ${file}`;
			}
			case 'link': {
				const path = this.#freePath();
				if (!this.#makeWay(path)) return 'nothing';
				this.#touch(path);
				this.#disk.symlink(this.#random.one(['a', 'nowhere']), path);
				this.#disk.get(path, 'link').byUser = true;
				return `links ${path}`;
			}
		}
	}

	writeRules(chosen: readonly string[]): string {
		for (const rule of chosen) this.rules.add(rule);
		return this.write(this.#rulesPath(), chosen.map((rule) => `${rule}\n`).join(''));
	}

	write(path: Path, text: string): string {
		if (!this.#makeWay(path)) return 'nothing';
		let node = find(this.#disk, path);
		if (node?.kind === 'folder') return 'nothing';
		if (node?.kind === 'symlink') this.#disk.unlink(path, 'user');
		if (node?.kind !== 'file') node = this.#disk.createFile(path, 0o644, 'open');
		node.byUser = true;
		this.#touch(path);
		this.#disk.setData(node, Buffer.from(text));
		return `writes ${path}`;
	}

	/** Everything that a path and what is below it had is gone. */
	#remove(path: Path): string {
		const node = find(this.#disk, path);
		if (!node) return 'nothing';
		if (node.kind === 'folder') {
			for (const {name, node: child} of this.#disk.list(node)) {
				if (!child.internal) this.#remove(`${path}/${name}`);
			}
			if (node.entries.size === 0) this.#disk.removeFolder(path);
		} else {
			this.#touch(path);
			this.#takeAway(path);
			this.#disk.unlink(path, 'user');
		}
		return `deletes ${path}`;
	}

	#rename(from: Path, to: Path): string {
		const node = find(this.#disk, from);
		if (!node || from === to || isBelow(to, from) || !this.#makeWay(to)) return 'nothing';
		const there = find(this.#disk, to);
		if (there && there !== node && (there.kind === 'folder' || node.kind === 'folder')) return 'nothing';
		this.#touchAll(from, node);
		this.#takeAway(from);
		// Another file that stood there under whatever spelling.
		if (there && there !== node) this.#takeAway(to);
		this.#disk.rename(from, to, 'user');
		this.#touchAll(to, node);
		return `renames ${from} to ${to}`;
	}

	#touchAll(path: Path, node: Node): void {
		if (node.kind !== 'folder') this.#touch(path);
		else for (const {name, node: child} of this.#disk.list(node)) this.#touchAll(`${path}/${name}`, child);
	}

	/** Notes a path, also as it is spelt on the disk. */
	#touch(path: Path): void {
		this.touched.add(path).add(this.#disk.spelt(path));
	}

	#takeAway(path: Path): void {
		this.removed.add(path).add(this.#disk.spelt(path));
	}

	/** Makes the folders above; false where a file is in the way. */
	#makeWay(path: Path): boolean {
		const parts = path.split('/').slice(0, -1);
		for (let count = 1; count <= parts.length; count++) {
			const folder = parts.slice(0, count).join('/');
			const node = find(this.#disk, folder);
			if (node && node.kind !== 'folder') return false;
			if (!node) this.#disk.makeFolder(folder, 0o755);
		}
		return true;
	}

	#files(): Path[] {
		return [...this.#disk.walk()].filter(([, node]) => node.kind !== 'folder').map(([path]) => path);
	}

	/** The file of rules as it is spelt: a disk that is blind to case finds it under other spellings as well. */
	#rulesPath(): Path {
		const node = find(this.#disk, '.gitignore');
		return this.#disk.list(this.#disk.root).find((entry) => entry.node === node)?.name ?? '.gitignore';
	}

	#freePath(): Path {
		for (let tries = 0; tries < 20; tries++) {
			const extension = this.#random.weighted({'': 6, '.tmp': 1});
			const path = `${this.#random.one(folders)}${this.#random.one(names)}${extension}`;
			if (!find(this.#disk, path)) return path;
		}
		return `new-${this.#random.int(100)}`;
	}

	#textOf(path: Path): string {
		const node = find(this.#disk, path);
		return node?.kind === 'file' ? node.data.toString() : '';
	}

	/** The same text but for one line. */
	#changed(path: Path): string {
		const lines = this.#textOf(path).split('\n').slice(0, -1);
		if (lines.length === 0) return this.#newText();
		lines[this.#random.int(lines.length)] = this.#fresh();
		return `${lines.join('\n')}\n`;
	}

	#newText(): string {
		return Array.from({length: 1 + this.#random.int(8)}, () => `${this.#fresh()}\n`).join('');
	}
}

/** What stands at a path; nothing below a file. */
export function find(disk: MemoryDisk, path: Path): Node | undefined {
	try {
		return disk.find(path);
	} catch {
		return undefined;
	}
}
