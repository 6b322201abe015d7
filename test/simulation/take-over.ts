/**
 * Puts a simulation in the place of the clock, the timers, the file system and the children of this process, for code that
 * knows nothing of it: bindings of built-in modules are replaced in all importers at once. A run is told nothing of files
 * outside `/sim/` but what modules are loaded from; without a simulation under way all stays real.
 */
import childProcess from 'node:child_process';
import crypto from 'node:crypto';
import {EventEmitter} from 'node:events';
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import {syncBuiltinESMExports} from 'node:module';
import timersPromises from 'node:timers/promises';
import zlib from 'node:zlib';
import {spawnGit, spawnSync} from './fake-git.js';
import {DiskError} from './memory-disk.js';
import {
	callbackCalls,
	descriptorCalls,
	firstDescriptor,
	innerPath,
	isMounted,
	mountFolder,
	promiseCalls,
	syncCalls,
	watchFolder,
} from './file-calls.js';
import {deflatePlain, inflatePlain} from './plain-zlib.js';
import {type Random} from './random.js';
import {type Cancel, type VirtualTime} from './virtual-time.js';

export type Surroundings = {
	readonly time: VirtualTime;
	readonly random: Random;
	/** False: errors without stacks, which is quicker. */
	readonly keepsTraces?: boolean;
};

let current: Surroundings | undefined;
const usualTraceLimit = Error.stackTraceLimit;

/** From now on, and until called without any, time and chance are these. */
export function surround(surroundings: Surroundings | undefined): void {
	current = surroundings;
	// Thousands of errors are part of each run, and nobody reads where they come from.
	Error.stackTraceLimit = surroundings?.keepsTraces === false ? 0 : usualTraceLimit;
}

type Call = (...args: never[]) => unknown;

function replace<T extends object>(owner: T, name: string, make: (real: Call) => Call): void {
	const real = (owner as Record<string, Call>)[name]!;
	Object.defineProperty(owner, name, {value: make(real), configurable: true, writable: true});
}

// — Files —

/** What a call outside `/sim/` is answered during a run, without a word of this machine's own disk; `undefined`: nothing. */
function answerOutside(name: string, [path, options]: unknown[]): {readonly value: unknown} | undefined {
	// Nothing is mounted in a simulated world.
	if (name === 'readFileSync' && path === '/proc/self/mountinfo') return {value: ''};
	if (name !== 'statSync' && name !== 'lstatSync') return undefined;
	if ((options as {throwIfNoEntry?: boolean} | undefined)?.throwIfNoEntry === false)
		return {value: undefined};
	throw new DiskError('ENOENT', name, String(path));
}

for (const [name, fake] of Object.entries({...syncCalls, ...callbackCalls})) {
	const at = name === 'symlinkSync' ? 1 : 0;
	replace(fs, name, (real) => (...args: unknown[]) => {
		if (isMounted(args[at])) return (fake as Call)(...(args as never[]));
		const answer = current && answerOutside(name, args);
		return answer ? answer.value : real(...(args as never[]));
	});
}
for (const [name, fake] of Object.entries(descriptorCalls)) {
	replace(
		fs,
		name,
		(real) =>
			(...args: unknown[]) =>
				(typeof args[0] === 'number' && args[0] >= firstDescriptor ? fake : real)(...(args as never[])),
	);
}
for (const [name, fake] of Object.entries(promiseCalls)) {
	replace(fsPromises, name, (real) => (...args: unknown[]) => {
		if (isMounted(args[0])) return (fake as Call)(...(args as never[]));
		// Watchers ask whether the folder above a project is still there.
		if (current && name === 'readdir' && `${String(args[0])}/` === mountFolder) return Promise.resolve([]);
		// The machine's own disk answers in its own time: nothing of it belongs into a run.
		if (current) return Promise.reject(new DiskError('ENOENT', name, String(args[0])));
		return real(...(args as never[]));
	});
}

class MemoryWatcher extends EventEmitter {
	#stop: () => void;

	constructor(path: string, listener: (kind: string, name: string) => void) {
		super();
		this.#stop = watchFolder(path, listener);
	}

	close(): void {
		this.#stop();
	}

	ref(): this {
		return this;
	}

	unref(): this {
		return this;
	}
}

replace(fs, 'watch', (real) => (...args: unknown[]) => {
	const [path, , listener] = args;
	if (!isMounted(path)) return real(...(args as never[]));
	return new MemoryWatcher(path, listener as (kind: string, name: string) => void);
});

// — Children —

replace(childProcess, 'spawn', (real) => (...args: unknown[]) => {
	const [command, words, options] = args as [string, string[], {cwd?: string}];
	if (!current || !Array.isArray(words)) return real(...(args as never[]));
	if (command === 'sync' && isMounted(options.cwd)) return spawnSync(innerPath(options.cwd), current.time);
	const gitDir = words.find((word) => word.startsWith('--git-dir='))?.slice('--git-dir='.length);
	const place = [gitDir, options.cwd].find(isMounted);
	if (place === undefined && !words.includes('version') && !words.includes('config'))
		return real(...(args as never[]));
	return spawnGit(words, place === undefined ? undefined : innerPath(place), current.time);
});

// — Compression —

replace(zlib, 'deflateSync', (real) => (...args: unknown[]) => {
	const [data] = args as [Uint8Array];
	return (current && deflatePlain(data)) ?? real(...(args as never[]));
});
replace(zlib, 'inflateSync', (real) => (...args: unknown[]) => {
	const [data, options] = args as [Buffer, {info?: boolean; maxOutputLength?: number}?];
	const plain = current && inflatePlain(data);
	if (!plain || plain.content.length > (options?.maxOutputLength ?? Infinity))
		return real(...(args as never[]));
	const {content, length} = plain;
	return options?.info === true ? {buffer: content, engine: {bytesWritten: length}} : content;
});

// — Time —

class FakeTimer {
	#cancel: Cancel | undefined;

	constructor(
		readonly time: VirtualTime,
		readonly ms: number,
		readonly isRepeated: boolean,
		readonly fire: () => void,
	) {
		this.refresh();
	}

	refresh(): this {
		this.stop();
		this.#cancel = this.time.later(this.ms, () => {
			this.#cancel = undefined;
			if (this.isRepeated) this.refresh();
			this.fire();
		});
		return this;
	}

	stop(): void {
		this.#cancel?.();
		this.#cancel = undefined;
	}

	ref(): this {
		return this;
	}

	unref(): this {
		return this;
	}

	hasRef(): boolean {
		return true;
	}
}

for (const [name, isRepeated] of [
	['setTimeout', false],
	['setInterval', true],
] as const) {
	replace(globalThis, name, (real) => (...args: unknown[]) => {
		if (!current) return real(...(args as never[]));
		const [run, ms = 1, ...rest] = args as [(...rest: unknown[]) => void, number?, ...unknown[]];
		return new FakeTimer(current.time, Math.max(1, Number(ms) || 1), isRepeated, () => run(...rest));
	});
}
replace(globalThis, 'setImmediate', (real) => (...args: unknown[]) => {
	if (!current) return real(...(args as never[]));
	const [run, ...rest] = args as [(...rest: unknown[]) => void, ...unknown[]];
	return new FakeTimer(current.time, 0, false, () => run(...rest));
});
for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) {
	replace(globalThis, name, (real) => (...args: unknown[]) => {
		if (args[0] instanceof FakeTimer) args[0].stop();
		else real(...(args as never[]));
	});
}
replace(timersPromises, 'setTimeout', (real) => (...args: unknown[]) => {
	const surroundings = current;
	if (!surroundings) return real(...(args as never[]));
	return new Promise((resolve) => surroundings.time.later(Number(args[0]), () => resolve(args[1])));
});
replace(Date, 'now', (real) => () => current?.time.wall ?? real());
replace(performance, 'now', (real) => () => current?.time.passed ?? real.call(performance));

// — Chance —

replace(Math, 'random', (real) => () => current?.random.next() ?? real());
replace(crypto, 'randomUUID', (real) => (...args: unknown[]) => {
	if (!current) return real(...(args as never[]));
	const digits = (count: number) =>
		Array.from({length: count}, () => current!.random.int(16).toString(16)).join('');
	return [8, 4, 4, 4, 12].map(digits).join('-');
});

syncBuiltinESMExports();
