/**
 * A store of objects in memory for tests of the exchange: real ids, a pack format of its own, and counts of what came
 * in. What it holds survives in `disk`, so a second store over the same disk is a restart.
 */
import {createHash} from 'node:crypto';
import {Readable} from 'node:stream';
import {type Oid} from '../../../source/protocol/content.js';
import {Failure} from '../../../source/protocol/failure.js';
import {
	type GivenObject,
	type IncomingObject,
	type ObjectPlan,
	type ObjectStore,
	type Packing,
	type ObjectType,
	type PlannedObject,
} from '../../../source/runtime/exchange/object-store.js';

type Held = {readonly type: ObjectType; readonly bytes: Buffer};

export type Disk = {
	readonly objects: Map<Oid, Held>;
	readonly present: Set<Oid>;
	readonly graph: Map<Oid, readonly Oid[]>;
	readonly incoming: Map<Oid, Buffer>;
};

export function hashObject(type: ObjectType, bytes: Uint8Array): Oid {
	return createHash('sha1').update(`${type} ${bytes.byteLength}\0`).update(bytes).digest('hex');
}

export class FakeStore implements ObjectStore {
	readonly disk: Disk;
	/** Every object that was taken in, in order: what arrived twice is in it twice. */
	readonly taken: Oid[] = [];
	/** Bytes of large objects that were written. */
	largeBytes = 0;
	packs = 0;
	/** What is in each of them, and how it was to be packed. */
	readonly made: string[] = [];
	/** How many deltas were made. */
	deltas = 0;
	/** How many objects came in at once, each time some did that were not in a pack. */
	readonly written: number[] = [];
	/** How each of them was wanted. */
	readonly packings: Packing[] = [];
	/** Bytes of packs, objects and pieces that were given to it. */
	acceptedBytes = 0;
	/** Runs before each pack is taken in. */
	beforeIndex: () => Promise<void> = async () => undefined;

	constructor(disk?: Disk) {
		this.disk = disk ?? {objects: new Map(), present: new Set(), graph: new Map(), incoming: new Map()};
	}

	readonly graph = {
		has: (oid: Oid) => this.disk.graph.has(oid),
		isPresent: (oid: Oid) => this.disk.present.has(oid),
		parents: (oid: Oid) => this.disk.graph.get(oid),
		add: async (commits: Iterable<{readonly oid: Oid; readonly parents: readonly Oid[]}>) => {
			for (const {oid, parents} of commits) if (!this.graph.has(oid)) this.disk.graph.set(oid, parents);
		},
	};

	/** Makes a commit of files by name; equal contents are one object. */
	commit(files: Readonly<Record<string, Uint8Array | string>>, parents: readonly Oid[] = []): Oid {
		const lines = Object.entries(files).map(
			([name, text]) => `${this.put('blob', Buffer.from(text))} ${name}`,
		);
		const tree = this.put('tree', Buffer.from(lines.join('\n')));
		const commit = this.put('commit', Buffer.from([tree, ...parents].join('\n')));
		this.disk.graph.set(commit, parents);
		this.disk.present.add(commit);
		return commit;
	}

	put(type: ObjectType, bytes: Buffer): Oid {
		const oid = hashObject(type, bytes);
		this.disk.objects.set(oid, {type, bytes});
		return oid;
	}

	async enumerate(
		commit: Oid,
		{have, history}: {have: readonly Oid[]; history?: boolean},
	): Promise<ObjectPlan> {
		const theirs = new Set<Oid>();
		const open = have.filter((oid) => this.graph.has(oid));
		for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
			if (theirs.has(oid)) continue;
			theirs.add(oid);
			open.push(...(this.graph.parents(oid) ?? []));
		}
		const wanted = new Set<Oid>();
		const queue = [commit];
		for (let oid = queue.pop(); oid !== undefined; oid = queue.pop()) {
			if (theirs.has(oid) || !this.graph.isPresent(oid)) continue;
			wanted.add(oid);
			if (history || theirs.size > 0) queue.push(...(this.graph.parents(oid) ?? []));
		}
		const known = new Set(
			[...theirs].filter((oid) => this.graph.isPresent(oid)).flatMap((oid) => this.#reach(oid)),
		);
		const oids = new Set([...wanted].flatMap((oid) => this.#reach(oid)).filter((oid) => !known.has(oid)));
		const bases = this.#bases([...wanted], have);
		const objects = [...oids].map((oid): PlannedObject => {
			const {type, bytes} = this.#get(oid);
			const base = bytes.byteLength > 512 * 1024 ? bases.get(oid) : undefined;
			return {oid, type, bytes: bytes.byteLength, ...(base !== undefined && {base})};
		});
		const rank = {blob: 0, tree: 1, commit: 2};
		objects.sort((a, b) => rank[a.type] - rank[b.type] || (a.oid < b.oid ? -1 : 1));
		return {objects};
	}

	async packObjects(
		oids: readonly Oid[],
		{packing, signal}: {packing: Packing; signal: AbortSignal},
	): Promise<Uint8Array> {
		this.packings.push(packing);
		signal.throwIfAborted();
		this.packs++;
		this.made.push(`${packing} ${oids.join(' ')}`);
		const parts = oids.flatMap((oid) => {
			const {type, bytes} = this.#get(oid);
			return [Buffer.from(`${type} ${bytes.byteLength}\n`), bytes];
		});
		return Buffer.concat([Buffer.from('pack of a test, padded to a size\n'), ...parts]);
	}

	async packDelta(oid: Oid, base: Oid): Promise<Uint8Array | undefined> {
		this.deltas++;
		const [from, to] = [this.#get(base).bytes, this.#get(oid).bytes];
		let same = 0;
		while (same < from.length && from[same] === to[same]) same++;
		const delta = Buffer.concat([Buffer.from(`${base} ${same} and then:\n`), to.subarray(same)]);
		return delta.length < to.length / 2 ? delta : undefined;
	}

	async takeDelta(
		pack: Buffer,
		{oid, base, bytes: size}: {oid: Oid; base: Oid; bytes: number},
	): Promise<void> {
		await this.beforeIndex();
		this.acceptedBytes += pack.byteLength;
		const from = this.disk.objects.get(base);
		if (!from) throw new Failure('missing_object');
		const end = pack.indexOf('\n') + 1;
		const same = Number(pack.toString('utf8', 0, end).split(' ')[1]);
		const bytes = Buffer.concat([from.bytes.subarray(0, same), pack.subarray(end)]);
		if (hashObject('blob', bytes) !== oid || bytes.length !== size)
			throw new Failure('hostile_data', {severity: 'hostile'});
		this.taken.push(this.put('blob', bytes));
	}

	async indexPack(pack: Buffer): Promise<{objects: readonly PlannedObject[]}> {
		await this.beforeIndex();
		this.acceptedBytes += pack.byteLength;
		let position = pack.indexOf('\n') + 1;
		const objects: PlannedObject[] = [];
		while (position < pack.byteLength) {
			const end = pack.indexOf('\n', position);
			const [type, size] = pack.toString('utf8', position, end).split(' ');
			const bytes = Buffer.from(pack.subarray(end + 1, end + 1 + Number(size)));
			const oid = this.put(type as ObjectType, bytes);
			this.taken.push(oid);
			objects.push({oid, type: type as ObjectType, bytes: bytes.byteLength});
			position = end + 1 + Number(size);
		}
		return {objects};
	}

	async read(oid: Oid): Promise<Uint8Array> {
		return this.#get(oid).bytes;
	}

	openBlob(oid: Oid): Readable {
		const {bytes} = this.#get(oid);
		const chunk = 100_000;
		return Readable.from(
			(function* () {
				for (let at = 0; at < bytes.byteLength; at += chunk) yield bytes.subarray(at, at + chunk);
			})(),
		);
	}

	async writeObjects(objects: readonly GivenObject[]): Promise<void> {
		if (objects.some(({oid, type, bytes}) => hashObject(type, bytes) !== oid))
			throw new Failure('hostile_data', {severity: 'hostile'});
		this.written.push(objects.length);
		for (const {type, bytes} of objects) {
			this.acceptedBytes += bytes.byteLength;
			this.taken.push(this.put(type, Buffer.from(bytes)));
		}
	}

	async flush(): Promise<void> {
		// Everything is durable at once.
	}

	async openIncoming(oid: Oid, type: ObjectType, size: number, offset: number): Promise<IncomingObject> {
		const {disk} = this;
		const addBytes = (count: number) => {
			this.largeBytes += count;
			this.acceptedBytes += count;
		};
		const takeIn = () => this.taken.push(this.put(type, disk.incoming.get(oid)!));
		disk.incoming.set(oid, (disk.incoming.get(oid) ?? Buffer.alloc(0)).subarray(0, offset));
		return {
			get offset() {
				return disk.incoming.get(oid)?.byteLength ?? 0;
			},
			async write(bytes) {
				addBytes(bytes.byteLength);
				disk.incoming.set(oid, Buffer.concat([disk.incoming.get(oid)!, bytes]));
			},
			async finish() {
				const bytes = disk.incoming.get(oid)!;
				const isRight = bytes.byteLength === size && hashObject(type, bytes) === oid;
				if (isRight) takeIn();
				disk.incoming.delete(oid);
				if (!isRight) throw new Failure('hostile_data', {severity: 'hostile'});
			},
			async close() {
				// The bytes stay.
			},
			async abandon() {
				disk.incoming.delete(oid);
			},
		};
	}

	async acceptCommit(oid: Oid): Promise<void> {
		const bytes = this.disk.objects.get(oid)?.bytes;
		if (!bytes || this.#reach(oid).some((reached) => !this.disk.objects.has(reached))) {
			throw new Failure('incomplete');
		}
		const parents = bytes.toString().split('\n').slice(1);
		this.disk.graph.set(oid, parents);
		this.disk.present.add(oid);
		for (const parent of parents) {
			if (this.disk.objects.has(parent) && !this.disk.present.has(parent)) await this.acceptCommit(parent);
		}
	}

	/** Blobs of these commits, by what the others have under the same name. */
	#bases(commits: readonly Oid[], others: readonly Oid[]): Map<Oid, Oid> {
		const files = (commit: Oid) =>
			this.#reach(commit)
				.slice(1, 2)
				.flatMap((tree) => this.#get(tree).bytes.toString().split('\n').filter(Boolean))
				.map((line): [string, Oid] => [line.slice(41), line.slice(0, 40)]);
		const theirs = new Map(others.filter((oid) => this.graph.isPresent(oid)).flatMap(files));
		return new Map(
			commits
				.flatMap(files)
				.flatMap(([name, oid]) => [theirs.get(name)].flatMap((base) => (base ? [[oid, base] as const] : []))),
		);
	}

	/** The commit, its tree and its blobs, as far as they can be followed. */
	#reach(commit: Oid): Oid[] {
		const tree = this.disk.objects.get(commit)?.bytes.toString().split('\n')[0];
		if (!tree) return [commit];
		const lines = this.disk.objects.get(tree)?.bytes.toString().split('\n') ?? [];
		return [commit, tree, ...lines.filter(Boolean).map((line) => line.slice(0, 40))];
	}

	#get(oid: Oid): Held {
		const held = this.disk.objects.get(oid);
		if (!held) throw new Failure('store_damaged');
		return held;
	}
}
