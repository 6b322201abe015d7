/**
 * Writes the store anew, small: all that the kept commits reach goes into one pack, with differences in place of whole
 * versions, and then the rest goes. The long part, the packing, runs beside everything else; the short one, in which things
 * vanish, runs while nobody writes. Ids of commits never change: cut ones stay in the graph, behind the boundary.
 *
 * A crash at any point leaves the old packs, or the new one, or both; what is left over goes the next time.
 */
import {readdir, rm, statfs} from 'node:fs/promises';
import path from 'node:path';
import {isOid, type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {syncFolder} from './durable-file.js';
import {runGitOrFail} from './git-child.js';
import {boundaryOf, type Retention, selectKept} from './retention.js';
import {withStoreFailures} from './store-failure.js';
import {selfRef} from './refs.js';
import {emptyTreeOid} from './object-format.js';
import {listStored, measure, type StoredFiles} from './store-files.js';
import {type StoreParts} from './store-parts.js';

/** Tens of gigabytes on a slow disk. */
const deadlineMs = 6 * 3_600_000;

/**
 * Versions up to 128 MiB are kept as differences from newer ones, which git makes in memory: some five times the size. One version
 * in 250 is whole; the oldest of 200 large ones is still read in seconds, and small ones cost nothing.
 * It tells its progress, which nobody reads: when this program is killed that ends git too, which may have hours to go.
 */
const packing = [
	'-c',
	'core.bigFileThreshold=128m',
	'-c',
	'pack.compression=6',
	'-c',
	'core.packedGitLimit=128m',
	'-c',
	'core.deltaBaseCacheLimit=128m',
	'pack-objects',
	'--revs',
	'--non-empty',
	'--delta-base-offset',
	'--window=10',
	'--depth=250',
	'--window-memory=256m',
	'--threads=1',
	'--progress',
] as const;

/** Room that is left to everything else on the disk. */
const spareBytes = 256 * 1024 * 1024;

export type CompactOptions = Retention & {
	readonly signal?: AbortSignal;
	/** Runs the short part while no operation of the project does. */
	readonly exclusive: <T>(work: () => Promise<T>) => Promise<T>;
	/** Called in the short part, before anything is cut: other refs have to name what stays. */
	readonly beforeCut?: () => Promise<void>;
};

export type Compacted = {
	/** Commits that were cut off. */
	readonly cut: number;
	readonly bytesBefore: number;
	readonly bytesAfter: number;
};

/** Rejects with Failure `disk_room` where the disk has no room for a copy, and changes nothing then. */
export async function compact(parts: StoreParts, options: CompactOptions): Promise<Compacted> {
	const {layout, writer, graph, commits, objects, reader, loose, refs} = parts;
	await writer.flush();
	const before = await withStoreFailures(async () => listStored(layout));
	await checkRoom(layout.packs, before.bytes);
	const first = selectKept(graph, options);
	const packs = await packKept(parts, first, [], options.signal);
	return options.exclusive(async () => {
		const head = (await refs.read(selfRef)) ?? options.head;
		const kept = selectKept(graph, {...options, head});
		await writer.flush();
		const isNews = [...kept].some((oid) => !first.has(oid));
		if (isNews) packs.push(...(await packKept(parts, kept, [...first], options.signal)));
		await withStoreFailures(async () => syncFolder(layout.packs));
		await options.beforeCut?.();
		const present = [...graph.all()].filter((commit) => commit.present).length;
		// From here on nobody believes that they are here; only then they go.
		await graph.retain(kept);
		await commits.keepShallow();
		await withStoreFailures(async () => removeFiles(before, new Set(packs)));
		objects.replace();
		reader.forget();
		loose.forgetFolders();
		await writer.writeSmall('tree', Buffer.alloc(0), emptyTreeOid);
		const {bytes} = await withStoreFailures(async () => measure(layout));
		return {cut: present - kept.size, bytesBefore: before.bytes, bytesAfter: bytes};
	});
}

async function checkRoom(folder: string, bytes: number): Promise<void> {
	const {bavail, bsize} = await statfs(folder);
	const free = bavail * bsize;
	if (free < bytes + spareBytes)
		throw new Failure('disk_room', {details: {needed: bytes + spareBytes, free}});
}

/** One pack of all that these commits reach and the others do not; its name without ending. None if that is nothing. */
async function packKept(
	{layout, graph}: StoreParts,
	kept: ReadonlySet<Oid>,
	without: readonly Oid[],
	signal?: AbortSignal,
): Promise<string[]> {
	const excluded = new Set(without);
	const input = [
		...boundaryOf(graph, kept).map((oid) => `--shallow ${oid}`),
		// Each by its name, since what stays need not hang together.
		...[...kept].filter((oid) => !excluded.has(oid)),
		...(excluded.size > 0 ? ['--not', ...excluded] : []),
	];
	const output = await runGitOrFail(layout.gitDir, [...packing, path.join(layout.packs, 'pack')], {
		input: `${input.join('\n')}\n`,
		maxOutputBytes: 4096,
		deadlineMs,
		signal,
		nice: true,
	});
	return output
		.toString('latin1')
		.split('\n')
		.filter(isOid)
		.map((hash) => `pack-${hash}`);
}

/** Removes what was there before the packing, but for packs that turned out the same. */
async function removeFiles({packs, loose}: StoredFiles, except: ReadonlySet<string>): Promise<void> {
	for (const {folder, name} of packs) {
		if (except.has(name)) continue;
		// The index first: a pack without one is not looked at.
		for (const file of (await readdir(folder)).filter((one) => one.startsWith(`${name}.`)).sort()) {
			await rm(path.join(folder, file), {force: true});
		}
	}
	for (const file of loose) await rm(file, {force: true});
}
