/** Random edits on three real disks, with crashes and unheard heads in between, by seed; then the questions that matter. */
import test, {type ExecutionContext} from 'ava';
import {absent, parseContent} from '../../../source/protocol/content.js';
import {isBelow} from '../../../source/core/reconcile/path-order.js';
import {type ProjectMoment} from '../../../source/runtime/project/project-state.js';
import {seededRandom} from '../../core/reconcile/model-run.js';
import {git, openSession, settle, type TestPeer, transfer} from './test-peer.js';

const paths = ['f', 'g', 'd', 'd/k', 'd/j', 'd/k/z', 'e/ü', 'e/a b'];
const moments: readonly ProjectMoment[] = ['objects', 'commit', 'head', 'applied', 'shown'];
const takes = ['mine', 'theirs', 'base', 'both'] as const;

class Run {
	readonly random: () => number;
	readonly settled = new Set<string>();
	#fresh = 0;

	constructor(
		readonly peers: readonly TestPeer[],
		seed: number,
	) {
		this.random = seededRandom(seed);
	}

	int(n: number): number {
		return Math.floor(this.random() * n);
	}

	one<T>(items: readonly T[]): T {
		return items[this.int(items.length)]!;
	}

	/** One change by a person, where the disk allows it. */
	edit(peer: TestPeer): void {
		const path = this.one(paths);
		const x = this.random();
		const isFree = () =>
			!paths.some((other) => isBelow(path, other) && peer.has(other) && peer.disk()[other]);
		const isFolder = Object.keys(peer.disk()).some((other) => isBelow(other, path));
		if (x < 0.12) peer.remove(path);
		else if (x < 0.2 && /-100(644|755)$/.test(peer.disk()[path] ?? ''))
			peer.chmod(path, this.random() < 0.5 ? 0o755 : 0o644);
		else if (x < 0.28) {
			const target = this.one(paths);
			const canMove = peer.disk()[path] && !peer.has(target) && !isBelow(target, path);
			const isUnderFile = paths.some((other) => isBelow(target, other) && peer.disk()[other]);
			if (canMove && !isUnderFile) peer.rename(path, target);
		} else if (x < 0.36) {
			// File for folder, and back.
			if (isFolder) {
				peer.remove(path);
				peer.write(path, this.#text());
			} else if (peer.disk()[path]) {
				peer.remove(path);
				peer.write(`${path}/inside`, this.#text());
			}
		} else if (!isFolder && isFree()) {
			peer.remove(path); // a folder may stand there that lost all its files
			if (x < 0.42) peer.link(path, this.one(['f', 'nowhere', 'd/k']));
			else peer.write(path, this.random() < 0.1 ? '' : this.#text(), this.random() < 0.2);
		}
	}

	/** An operation; everything on the disk that it took in is settled from then on. */
	async operate(peer: TestPeer): Promise<void> {
		const x = this.random();
		peer.project.rescan();
		const disk = Object.values(peer.disk());
		if (x < 0.4) await peer.project.snapshot();
		else if (x < 0.85) {
			const other = this.one(this.peers.filter((one) => one !== peer));
			await transfer(other, peer);
			await peer.project.integrate(other.project.head!, {
				mayMerge: peer === this.peers[0] || this.random() < 0.2,
			});
		} else if (x < 0.93) {
			const {conflicts} = await peer.project.conflicts();
			if (conflicts.length === 0) return;
			const paths = [this.one(conflicts).path];
			// A side may be gone once the disk was looked at: then there is nothing to settle, as for a person.
			await peer.project.resolve({paths, take: this.one(takes)}).catch((error: unknown) => {
				if (!/not_conflicted|no_such_side/.test(String(error))) throw error;
			});
		} else await this.crash(peer);
		for (const content of disk) this.settled.add(content);
	}

	async crash(peer: TestPeer): Promise<void> {
		const deadly = this.one(moments);
		await peer.reopen({
			moment(at) {
				if (at === deadly) throw new Error('crash');
			},
		});
		await peer.project.start().catch(() => undefined);
		await peer.reopen();
		await peer.project.start();
	}

	#text(): string {
		return this.random() < 0.2 ? this.one(['same\n', 'equal\n']) : `text ${++this.#fresh}\n`;
	}
}

async function runSeed(t: ExecutionContext, seed: number): Promise<void> {
	const files = {f: 'x\n', 'd/k': 'y\n', g: 'z\n'};
	const run = new Run(await openSession(t, ['ada', 'bob', 'eve'], files), seed);
	const steps = 25 + run.int(25);
	for (let step = 0; step < steps; step++) {
		const peer = run.one(run.peers);
		for (let edits = run.int(3); edits > 0; edits--) run.edit(peer);
		await run.operate(peer);
	}
	for (const peer of run.peers) {
		for (const content of Object.values(peer.disk())) run.settled.add(content);
		peer.project.rescan();
	}
	await settle(t, ...run.peers);
	const [first] = run.peers as [TestPeer];
	const tree = await first.tree();
	const conflicts = await first.conflictedPaths();
	const isInZone = (path: string) =>
		conflicts.some((conflict) => conflict === path || isBelow(path, conflict) || isBelow(conflict, path));
	for (const peer of run.peers) {
		const disk = peer.disk();
		const outside = new Set([...Object.keys(disk), ...Object.keys(tree)].filter((path) => !isInZone(path)));
		for (const path of outside)
			t.is(disk[path], tree[path], `seed ${seed}: ${peer.name} ${path} (${peer.problems.join()})`);
		const {head} = peer.project;
		peer.project.rescan();
		t.false(
			(await peer.project.snapshot()).changed,
			`seed ${seed}: ${peer.name} makes a snapshot without an edit`,
		);
		t.is(peer.project.head, head);
		const reachable = new Set(git(peer.project.store.gitDir, 'rev-list', '--objects', head!).split(/[ \n]/));
		const lost = [...run.settled].filter(
			(content) => content !== absent && !reachable.has(parseContent(content)!.oid),
		);
		t.deepEqual(lost, [], `seed ${seed}: ${peer.name} has lost what was settled`);
		git(peer.project.store.gitDir, 'fsck', '--connectivity-only', head!);
	}
	for (let count = 0; (await first.conflictedPaths()).length > 0 && count < 40; count++) {
		await first.project.resolve({paths: 'all', take: count % 2 ? 'base' : 'theirs'});
	}
	await settle(t, ...run.peers);
	for (const peer of run.peers)
		t.deepEqual(peer.disk(), await first.tree(), `seed ${seed}: ${peer.name} after settling`);
}

/** More in a longer run: PULSYNC_TEST_PROJECT_SEEDS, from PULSYNC_TEST_FIRST_SEED on. */
const seeds = Number(process.env['PULSYNC_TEST_PROJECT_SEEDS'] ?? 4);
const first = Number(process.env['PULSYNC_TEST_FIRST_SEED'] ?? 1);

for (let seed = first; seed < first + seeds; seed++) {
	test.serial(
		`Three disks agree and nothing is lost after random edits, crashes and merges (seed ${seed})`,
		async (t) => {
			t.timeout(180_000);
			await runSeed(t, seed);
		},
	);
}
