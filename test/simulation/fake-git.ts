/** The few commands that the program starts, git's and `sync`, answered in this process from a disk in memory. */
import {createHash} from 'node:crypto';
import {EventEmitter} from 'node:events';
import {deflateSync} from 'node:zlib';
import {encodeEntryHeader, encodePackHeader} from '../../source/git/pack-format.js';
import {type Mount} from './file-calls.js';
import {mergeLines} from './merge-lines.js';
import {readStored} from './object-files.js';
import {type VirtualTime} from './virtual-time.js';

type Answer = {readonly exitCode: number; readonly output?: Buffer | string; readonly message?: string};
type Where = {readonly mount: Mount; readonly path: string} | undefined;

/** One way out of a child: tells what is written as it comes, to whoever listens by then. */
class Pipe extends EventEmitter {
	write(data: Buffer | string): void {
		this.emit('data', Buffer.from(data as Uint8Array));
	}

	end(): void {
		this.emit('end');
	}

	resume(): this {
		return this;
	}

	ref(): this {
		return this;
	}

	unref(): this {
		return this;
	}
}

/** A child as far as the program looks at one. */
class FakeChild extends EventEmitter {
	readonly stdout = new Pipe();
	readonly stderr = new Pipe();
	exitCode: number | null = null;
	signalCode: string | null = null;
	readonly #input: Buffer[] = [];
	readonly #lines: ((chunk: Buffer) => Buffer | string) | undefined;
	readonly #whole: ((input: Buffer) => Answer) | undefined;
	readonly #time: VirtualTime;

	readonly stdin = Object.assign(new EventEmitter(), {
		write: (data: string | Uint8Array) => this.#write(Buffer.from(data as Uint8Array)),
		end: (data?: string | Uint8Array) => {
			if (data !== undefined) this.#write(Buffer.from(data as Uint8Array));
			this.#time.later(0.2, () => this.#finish());
		},
	});

	/** `lines` answers each piece of input at once; `whole` all of it at the end. */
	constructor(
		time: VirtualTime,
		how: {lines?: (chunk: Buffer) => Buffer | string; whole?: (input: Buffer) => Answer},
	) {
		super();
		this.#time = time;
		this.#lines = how.lines;
		this.#whole = how.whole;
	}

	kill(): boolean {
		if (this.exitCode === null && this.signalCode === null) {
			this.signalCode = 'SIGKILL';
			this.#time.later(0.1, () => this.#close());
		}
		return true;
	}

	ref(): this {
		return this;
	}

	unref(): this {
		return this;
	}

	#write(data: Buffer): boolean {
		if (this.exitCode !== null || this.signalCode !== null) return true;
		// What is written before the child gets to it is one piece to it.
		if (this.#input.push(data) === 1 && this.#lines) {
			this.#time.later(0.05, () => {
				if (this.signalCode !== null) return;
				const input = this.#input.splice(0);
				try {
					this.stdout.write(this.#lines!(input.length === 1 ? input[0]! : Buffer.concat(input)));
				} catch {
					this.exitCode = 128;
					this.#close();
				}
			});
		}
		return true;
	}

	#finish(): void {
		if (this.exitCode !== null || this.signalCode !== null) return;
		const answer = this.#whole?.(Buffer.concat(this.#input)) ?? {exitCode: 0};
		this.exitCode = answer.exitCode;
		if (answer.output !== undefined) this.stdout.write(answer.output);
		if (answer.message !== undefined) this.stderr.write(answer.message);
		this.#time.later(0.1, () => this.#close());
	}

	#close(): void {
		this.stdout.end();
		this.stderr.end();
		this.#time.later(0, () => this.emit('close', this.exitCode, this.signalCode));
	}
}

/** Starts what these words say, with the command's place on a disk: its git directory, or where it runs. */
export function spawnGit(words: readonly string[], where: Where, time: VirtualTime): FakeChild {
	const {mount, path = ''} = where ?? {};
	if (words.includes('version'))
		return answering(time, () => ({exitCode: 0, output: 'git version 2.45.0\n'}), true);
	if (words.includes('config')) return new FakeChild(time, {whole: () => ({exitCode: 1})});
	if (!mount) throw new Error(`nobody knows git ${words.join(' ')}`);
	if (words.includes('--batch-command')) return catFile(mount, path, time);
	if (words.includes('check-ignore')) return checkIgnore(mount, time);
	if (words.includes('merge-file')) return answering(time, () => mergeFile(mount, words.slice(-3)));
	if (words.includes('pack-objects'))
		return new FakeChild(time, {whole: (input) => packObjects(mount, path, input)});
	throw new Error(`nobody knows git ${words.join(' ')}`);
}

/** Starts `sync -f` somewhere on a disk. */
export function spawnSync({mount, path}: NonNullable<Where>, time: VirtualTime): FakeChild {
	const sync = (): Answer => {
		try {
			mount.enter('sync', 'sync', path);
			mount.disk.syncAll();
			return {exitCode: 0};
		} catch {
			return {exitCode: 1};
		}
	};
	return answering(time, sync, true);
}

/** A command without input; one that is never told the end of its input ends by itself. */
function answering(time: VirtualTime, answer: () => Answer, isAlone = false): FakeChild {
	const child = new FakeChild(time, {whole: answer});
	if (isAlone) child.stdin.end();
	return child;
}

function catFile({disk, enter}: Mount, gitDir: string, time: VirtualTime): FakeChild {
	return new FakeChild(time, {
		lines: (chunk) => {
			const answers: (Buffer | string)[] = [];
			for (const line of chunk
				.toString('latin1')
				.split('\n')
				.filter((one) => one !== '')) {
				const [command, oid = ''] = line.split(' ');
				enter('read', 'cat-file', oid);
				const object = readStored(disk, gitDir, oid);
				if (!object) answers.push(`${oid} missing\n`);
				else {
					answers.push(`${oid} ${object.type} ${object.content.length}\n`);
					if (command === 'contents') answers.push(object.content, '\n');
				}
			}
			return Buffer.concat(answers.map((part) => Buffer.from(part as Uint8Array)));
		},
	});
}

function packObjects({disk}: Mount, gitDir: string, input: Buffer): Answer {
	const oids = input
		.toString('latin1')
		.split('\n')
		.filter((oid) => oid !== '');
	const parts = [encodePackHeader(oids.length)];
	for (const oid of oids) {
		const object = readStored(disk, gitDir, oid);
		if (!object) return {exitCode: 128, message: `fatal: unable to read ${oid}`};
		parts.push(encodeEntryHeader(object.type, object.content.length), deflateSync(object.content));
	}
	const pack = Buffer.concat(parts);
	return {exitCode: 0, output: Buffer.concat([pack, createHash('sha1').update(pack).digest()])};
}

function mergeFile({disk}: Mount, names: readonly string[]): Answer {
	const [one, base, other] = names.map((name) => {
		const path = name.split('/').slice(3).join('/');
		return disk.get(path, 'open').data.toString('latin1');
	}) as [string, string, string];
	const merged = mergeLines(one, base, other);
	return merged === undefined ? {exitCode: 1} : {exitCode: 0, output: Buffer.from(merged, 'latin1')};
}

/** Rules of the `.gitignore` at the top alone: `*.ext`, `name` and `name/`. A child reads them once and keeps them. */
function checkIgnore({disk}: Mount, time: VirtualTime): FakeChild {
	let rules: readonly string[] | undefined;
	return new FakeChild(time, {
		lines: (chunk) => {
			rules ??= rulesIn(disk);
			let answer = '';
			for (const asked of chunk.toString().split('\0').slice(0, -1)) {
				const isIgnored = isIgnoredBy(rules, asked.slice(2), disk);
				answer += isIgnored ? `.gitignore\x001\0rule\0${asked}\0` : `\0\0\0${asked}\0`;
			}
			return answer;
		},
	});
}

export function rulesIn(disk: Mount['disk']): readonly string[] {
	const node = disk.find('.gitignore');
	return node?.kind === 'file'
		? node.data
				.toString()
				.split('\n')
				.filter((rule) => rule !== '')
		: [];
}

export function isIgnoredBy(rules: readonly string[], path: string, disk: Mount['disk']): boolean {
	const parts = path.split('/');
	return parts.some((name, at) => {
		const isLast = at === parts.length - 1;
		const isFolder = () => !isLast || isFolderOn(disk, path);
		return rules.some((rule) => {
			if (rule.startsWith('*')) return name.endsWith(rule.slice(1));
			return rule.endsWith('/') ? name === rule.slice(0, -1) && isFolder() : name === rule;
		});
	});
}

/** Below a file of this disk is nothing, though others have something there. */
function isFolderOn(disk: Mount['disk'], path: string): boolean {
	try {
		return disk.find(path)?.kind === 'folder';
	} catch {
		return false;
	}
}
