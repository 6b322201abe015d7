/** Deltas of peers, in packs of one: what is taken of them is what git makes of them, and all that is refused has its reason. */
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {deflateSync} from 'node:zlib';
import test, {type ExecutionContext} from 'ava';
import {applyDelta} from '../../source/git/delta-apply.js';
import {type Delta, DeltaBuilder, deltaLimits, readDelta} from '../../source/git/delta-format.js';
import {makeDelta} from '../../source/git/delta-make.js';
import {hashObject} from '../../source/git/object-format.js';
import {encodeDeltaHeader, encodePackHeader} from '../../source/git/pack-format.js';
import {scanDeltaPack} from '../../source/git/pack-scan.js';
import {deltaWords} from '../../source/git/store-words.js';
import {Failure} from '../../source/protocol/failure.js';
import {sealPack} from '../hostile/forged-objects.js';
import {type Random, seededRandom} from '../helpers/random.js';
import {fuzz, must} from './mutate.js';
import {patchAsGit, randomDelta} from './git-delta.js';

const base = Buffer.from(Array.from({length: 70_000}, (_, at) => (at * at + (at >> 5)) & 0xff));
const baseOid = hashObject('blob', base);

/** What our own side makes: copies, insertions, a long copy, a long insertion. */
function builtDeltas(): Buffer[] {
	const build = (bytes: number, steps: (delta: DeltaBuilder) => void) => {
		const delta = new DeltaBuilder(base.length, bytes);
		steps(delta);
		return delta.finish();
	};
	return [
		build(70_000, (delta) => delta.copy(0, 70_000)),
		build(300, (delta) => delta.insert(Buffer.alloc(300, 'new '))),
		build(1055, (delta) => {
			delta.copy(3, 1000);
			delta.insert(Buffer.from('abcde'));
			delta.copy(69_950, 50);
		}),
	];
}

/** The object that pieces make of the base. */
function made({pieces}: Delta): Buffer {
	return Buffer.concat(
		pieces.map((piece) =>
			piece.kind === 'insert' ? piece.content : base.subarray(piece.offset, piece.offset + piece.bytes),
		),
	);
}

/** Checks what was read of a delta, or why nothing was, against git's rules; returns the object where it is one. */
function check(delta: Buffer): Buffer | undefined {
	const read = readDelta(delta);
	const byGit = patchAsGit(base, delta);
	if (typeof read === 'string') {
		// Git also takes deltas that jump about in their base, and sizes with zeros in front.
		const isStricter = read === deltaWords.goesBack || read === deltaWords.noSizes;
		must(byGit === undefined || isStricter, `refused: ${read}`);
		return undefined;
	}
	must(read.pieces.length <= deltaLimits.pieces, 'not too many pieces');
	must(read.resultBytes <= read.baseBytes + delta.length, 'no larger than what it is made of');
	let usedUpTo = 0;
	for (const piece of read.pieces) {
		if (piece.kind === 'insert') {
			must(piece.content.buffer === delta.buffer, 'nothing is copied');
			continue;
		}
		must(piece.offset >= usedUpTo, 'in order');
		usedUpTo = piece.offset + piece.bytes;
	}
	must(usedUpTo <= read.baseBytes, 'inside the base');
	if (read.baseBytes !== base.length) return undefined;
	const object = made(read);
	must(object.length === read.resultBytes, 'of the size it tells');
	// An object without bytes is too short a delta for git; nobody sends one.
	if (delta.length >= 4) must(byGit?.equals(object) === true, 'what git makes of it');
	return object;
}

/** Some of each: what our side makes, changed; and commands of any kind, most of which fit together. */
function deltaOf(input: Buffer, random: Random): Buffer {
	return random.below(2) === 0 ? input : randomDelta(base.length, random);
}

test.serial('deltas, judged as git judges them', async (t) => {
	let taken = 0;
	await fuzz(t, builtDeltas(), (input, random) => {
		if (check(deltaOf(input, random))) taken++;
	});
	t.true(taken > 100, 'some fit together');
	for (const delta of builtDeltas()) t.truthy(check(delta));
});

test.serial('deltas that are taken, applied to a base that comes in pieces', async (t) => {
	await fuzz(
		t,
		builtDeltas(),
		async (input, random) => {
			const delta = deltaOf(input, random);
			const read = readDelta(delta);
			if (typeof read === 'string' || read.baseBytes !== base.length) return;
			const chunkBytes = 300 + random.below(80_000);
			async function* chunks() {
				for (let at = 0; at < base.length; at += chunkBytes) yield base.subarray(at, at + chunkBytes);
			}
			const parts: Buffer[] = [];
			for await (const part of applyDelta(read.pieces, chunks())) parts.push(Buffer.from(part));
			must(Buffer.concat(parts).equals(made(read)), 'the same object');
		},
		{oneIn: 10},
	);
});

/** A pack of deltas against the base, whose sizes may be lies. */
function packOfDeltas(deltas: readonly Buffer[], size?: number): Buffer {
	return sealPack([
		encodePackHeader(deltas.length),
		...deltas.flatMap((delta) => [encodeDeltaHeader(baseOid, size ?? delta.length), deflateSync(delta)]),
	]);
}

test.serial('packs of one delta, with and without a true checksum', async (t) => {
	const packs = [...builtDeltas().map((delta) => packOfDeltas([delta])), packOfDeltas(builtDeltas())];
	await fuzz(t, packs, (input, random) => {
		const isSealed = random.below(4) > 0;
		const pack = isSealed ? sealPack([input.subarray(0, Math.max(0, input.length - 20))]) : input;
		try {
			const {base: oid, delta} = scanDeltaPack(pack);
			must(/^[0-9a-f]{40}$/.test(oid) && delta.length <= deltaLimits.bytes, 'a delta');
			check(delta);
		} catch (error) {
			if (!(error instanceof Failure) || error.code !== 'hostile_data') throw error;
		}
	});
	t.throws(() => scanDeltaPack(packs.at(-1)!), {instanceOf: Failure});
});

test.serial(
	'any bytes come out of a pack as the delta they were; one that lies about its size does not',
	async (t) => {
		await fuzz(
			t,
			builtDeltas(),
			(input, random) => {
				const {base: oid, delta} = scanDeltaPack(packOfDeltas([input]));
				must(oid === baseOid && delta.equals(input), 'the same delta');
				const lie = random.pick([input.length + 1, Math.max(0, input.length - 1), 2 ** random.below(52)]);
				if (lie === input.length) return;
				try {
					scanDeltaPack(packOfDeltas([input], lie));
				} catch (error) {
					if (error instanceof Failure && error.code === 'hostile_data') return;
					throw error;
				}
				throw new Error('a lie');
			},
			{oneIn: 5},
		);
	},
);

/** A repository that has the base; `take` says whether git takes a pack. */
function repositoryWithBase(t: ExecutionContext) {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'deltas-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	const env = {...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: os.devNull};
	const git = (args: readonly string[], input: Buffer | string = '') =>
		execFileSync('git', [...args], {
			cwd: folder,
			env,
			input,
			encoding: 'utf8',
			stdio: ['pipe', 'pipe', 'pipe'],
		});
	git(['init', '--quiet', '--bare']);
	t.is(git(['hash-object', '-w', '--stdin'], base).trim(), baseOid);
	const indexPack = ['index-pack', '--stdin', '--fix-thin'];
	return {
		git,
		take: (pack: Buffer) => spawnSync('git', indexPack, {cwd: folder, env, input: pack}).status === 0,
	};
}

test.serial('git makes of deltas what we do, and takes none that we call broken', async (t) => {
	const seed = Number(process.env['PULSYNC_FUZZ_SEED'] ?? Date.now() % 2 ** 32);
	t.log(`seed ${seed}`);
	const random = seededRandom(seed);
	const {git, take} = repositoryWithBase(t);
	const taken = new Map<string, Buffer>();
	const broken: Buffer[] = [];
	const add = (delta: Buffer) => {
		const object = check(delta);
		if (object && object.length > 0 && !object.equals(base)) taken.set(hashObject('blob', object), delta);
		const reason = readDelta(delta);
		const isStricter = reason === deltaWords.goesBack || reason === deltaWords.noSizes;
		if (typeof reason === 'string' && !isStricter && broken.length < 25) broken.push(delta);
	};
	for (let times = 0; times < 4000; times++) add(randomDelta(base.length, random));
	for (let times = 0; times < 20; times++) {
		const at = random.below(base.length);
		const target = Buffer.concat([
			base.subarray(0, at),
			random.bytes(20),
			base.subarray(at + random.below(40)),
		]);
		const sourceOf = (content: Buffer) => ({
			bytes: content.length,
			open: async function* () {
				yield content;
			},
		});
		const delta = await makeDelta(sourceOf(base), sourceOf(target));
		if (delta) add(delta);
	}
	t.true(taken.size > 300 && broken.length === 25);
	t.true(take(packOfDeltas([...taken.values()])));
	const ids = [...taken.keys()];
	const found = git(['cat-file', '--batch-check'], ids.map((id) => `${id}\n`).join(''))
		.trim()
		.split('\n');
	t.deepEqual(
		found.filter((line) => !line.includes(' blob ')),
		[],
	);
	for (const delta of broken) t.false(take(packOfDeltas([delta])), delta.toString('hex').slice(0, 200));
});
