/** Files of the store that a disk may have damaged: packs and their indexes, loose objects, the graph and what commits changed. */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {crc32, deflateSync, inflateRawSync, inflateSync} from 'node:zlib';
import test, {type ExecutionContext} from 'ava';
import {ChangedPaths} from '../../source/git/changed-paths.js';
import {GraphFile, type Known} from '../../source/git/graph-file.js';
import {parseLoose} from '../../source/git/loose-format.js';
import {PackFile} from '../../source/git/pack-file.js';
import {encodePackIndex} from '../../source/git/pack-format.js';
import {packLimits, scanPack} from '../../source/git/pack-scan.js';
import {StoredInflate} from '../../source/git/stored-deflate.js';
import {isOid, type Oid} from '../../source/protocol/content.js';
import {Forge, packOf} from '../hostile/forged-objects.js';
import {type Random} from '../helpers/random.js';
import {fuzz, must} from './mutate.js';

/** Each of these inputs is a file that is written and read again. */
const throughFiles = {oneIn: 20};

function folderOf(t: ExecutionContext): string {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'store-files-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	return folder;
}

function forged(): Forge {
	const forge = new Forge();
	forge.commit(forge.tree([['100644', 'a', forge.blob(Buffer.alloc(3000, 'some text '))]]));
	forge.blob('');
	return forge;
}

test.serial('loose objects', async (t) => {
	const objects = [...forged().objects.values()];
	const plain = objects.map(({type, content}) =>
		Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]),
	);
	for (const [at, {type, content}] of objects.entries()) {
		const read = parseLoose(deflateSync(plain[at]!));
		t.deepEqual(read, {info: {type, bytes: content.length}, content});
	}
	await fuzz(t, [...plain, ...plain.map((bytes) => deflateSync(bytes))], (input, random) => {
		const object = parseLoose(random.below(2) === 0 ? input : deflateSync(input));
		if (!object) return;
		must(object.content.length === object.info.bytes, 'of the size that it tells');
		must(['blob', 'tree', 'commit'].includes(object.info.type), 'of a type that is stored');
	});
});

/** What is read of a stream without zlib, in random pieces. */
function inflateStored(stream: Buffer, random: Random): {content: Buffer; reader: StoredInflate} {
	const reader = new StoredInflate();
	const parts: Buffer[] = [];
	for (let at = 0; at < stream.length;) {
		const end = at + 1 + random.below(random.below(2) === 0 ? 8 : 400);
		parts.push(Buffer.from(reader.push(Buffer.from(stream.subarray(at, end)))));
		at = end;
	}
	return {content: Buffer.concat(parts), reader};
}

test.serial('streams of stored blocks, read as zlib reads them', async (t) => {
	const contents = [Buffer.alloc(0), Buffer.from('abc'), Buffer.alloc(700, 'more ')];
	const streams = contents.flatMap((content) => [deflateSync(content, {level: 0}), deflateSync(content)]);
	let whole = 0;
	await fuzz(t, streams, (input, random) => {
		const {content, reader} = inflateStored(input, random);
		must(content.length <= input.length, 'no more than came');
		if (!reader.isOver || !reader.isStored) return;
		whole++;
		must(inflateRawSync(input.subarray(2)).equals(content), 'what zlib makes of it');
	});
	t.true(whole > 1000);
});

test.serial('packs and their indexes', async (t) => {
	const folder = folderOf(t);
	const objects = forged().sorted();
	const pack = packOf(objects);
	const entries = [...scanPack(pack)].map(({oid, crc, offset}) => ({oid, crc, offset}));
	const index = encodePackIndex(entries, pack.subarray(-20));
	const file = path.join(folder, 'pack');
	const open = (packBytes: Buffer, indexBytes: Buffer) => {
		writeFileSync(`${file}.pack`, packBytes);
		writeFileSync(`${file}.idx`, indexBytes);
		return PackFile.open(file, () => undefined);
	};
	const sound = open(pack, index)!;
	for (const {oid, content, type} of objects) {
		const found = sound.find(Buffer.from(oid, 'hex'))!;
		t.like(found, {type, bytes: content.length});
		const entry = sound.copy(found)!;
		t.true(inflateSync(entry.subarray(found.dataAt - found.at)).equals(content));
	}
	sound.close();
	const parts = [index, pack];
	await fuzz(
		t,
		[index, index, pack],
		(input, random) => {
			const isIndex = input.subarray(0, 2).equals(index.subarray(0, 2)) || random.below(2) === 0;
			const [indexBytes, packBytes] = isIndex ? [input, parts[1]!] : [parts[0]!, input];
			const opened = open(packBytes, indexBytes);
			if (!opened) return;
			try {
				for (const {oid} of objects) {
					const found = opened.find(Buffer.from(oid, 'hex'));
					if (!found) continue;
					must(found.at < found.dataAt && found.dataAt <= found.end, 'an entry');
					// Whoever copies looks at the length first.
					if (found.end - found.at > packLimits.packBytes) continue;
					const copy = opened.copy(found);
					must(!copy || crc32(copy) === found.crc, 'what was written');
				}
			} catch (error) {
				// A place that is not in the index: git is asked then.
				if (!(error instanceof RangeError)) throw error;
			} finally {
				opened.close();
			}
		},
		throughFiles,
	);
});

const oidOf = (number: number) => number.toString(16).padStart(40, '0');

test.serial(
	'what commits changed: a damaged file makes nothing up that its checksums do not hold, and goes on',
	async (t) => {
		const file = path.join(folderOf(t), 'changes');
		const commits = Array.from({length: 5}, (_, at) => ({
			oid: oidOf(at + 1),
			paths: at === 3 ? Array.from({length: 1200}, (_none, name) => `x/${name}`) : [`a/${at}`, 'b'],
		}));
		await new ChangedPaths(file).add(commits);
		const sound = await new ChangedPaths(file).look('a/2');
		t.deepEqual(
			commits.map(({oid}) => sound.get(oid)),
			[false, false, true, true, false],
		);
		const known = new Set(commits.map(({oid}) => oid));
		await fuzz(
			t,
			[readFileSync(file)],
			async (input) => {
				writeFileSync(file, input);
				const changes = new ChangedPaths(file);
				const before = await changes.look('b');
				must(
					[...before.keys()].every((oid) => known.has(oid)),
					'commits that were written',
				);
				await changes.add([{oid: oidOf(99), paths: ['b/c']}]);
				const after = await new ChangedPaths(file).look('b');
				must(after.size === new Set([...before.keys(), oidOf(99)]).size, 'nothing is lost');
				must(after.get(oidOf(99)) === true, 'what came after the damage is found');
			},
			throughFiles,
		);
	},
);

test.serial('the graph: a damaged file gives only lines that are whole, and goes on', async (t) => {
	const file = path.join(folderOf(t), 'graph');
	const load = async () => {
		const graph = new GraphFile(file);
		const lines = new Map<Oid, Known>();
		await graph.load((oid, known) => lines.set(oid, known));
		return {graph, lines};
	};
	const known = (parents: readonly Oid[], present = true): Known => ({
		parents,
		dateMs: present ? 5000 : undefined,
		present,
	});
	const {graph} = await load();
	graph.add(oidOf(1), known([]));
	graph.add(oidOf(2), known([oidOf(1)]));
	graph.add(oidOf(3), known([oidOf(1), oidOf(2)], false));
	await graph.flush();
	await graph.close();
	t.deepEqual((await load()).lines.get(oidOf(3)), known([oidOf(1), oidOf(2)], false));
	await fuzz(
		t,
		[readFileSync(file)],
		async (input) => {
			writeFileSync(file, input);
			const damaged = await load();
			for (const [oid, {parents}] of damaged.lines) must([oid, ...parents].every(isOid), 'ids');
			damaged.graph.add(oidOf(99), known([oidOf(3)]));
			await damaged.graph.close();
			const {lines} = await load();
			must(lines.size === new Set([...damaged.lines.keys(), oidOf(99)]).size, 'nothing is lost');
			must(lines.get(oidOf(99))?.parents[0] === oidOf(3), 'what came after the damage is found');
		},
		throughFiles,
	);
});
