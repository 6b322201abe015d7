/**
 * One seeded run: some peers, a tree that is edited by several, a network and machines that fail, and then quiet, in which
 * everything has to come right. The same seed is the same run, to the last call.
 */
// First of all: some libraries take hold of what they call when they are loaded.
import {surround} from './take-over.js';
import {createHash} from 'node:crypto';
import {isInStep} from '../../source/core/in-step.js';
import {isBelow} from '../../source/core/reconcile/path-order.js';
import {checkGit} from '../../source/git/git-version.js';
import {mergeAuthor} from '../../source/git/commit-format.js';
import {hashObject} from '../../source/git/object-format.js';
import {absent, isConflicted, type Oid, parseContent, type Path} from '../../source/protocol/content.js';
import {isIgnoredBy} from './fake-git.js';
import {removeMounts} from './file-calls.js';
import {Hearing} from './hearing.js';
import {type Node} from './memory-disk.js';
import {Network} from './network.js';
import {checkObjects, compareWithTree, filesOn, hasTwin, headOn, keptOf, reach, rulesOn} from './oracle.js';
import {type Means, SimulatedPeer} from './peer.js';
import {type EditKind, editKinds, find, Person} from './person.js';
import {Random} from './random.js';
import {VirtualTime} from './virtual-time.js';

export const faultKinds = [
	'cut',
	'mend',
	'drop',
	'relay',
	'kill',
	'kill-later',
	'power',
	'power-later',
	'fail-call',
	'full',
	'no-descriptors',
	'lost-events',
	'clock',
	'pause',
	'rest',
	'resolve',
	'race',
	'join',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export type Plan = {
	readonly peers: number;
	readonly steps: number;
	/** The longest time between two steps. */
	readonly pauseMs: number;
	readonly edits: Readonly<Partial<Record<EditKind, number>>>;
	/** Against `edit`, whose weight is 10. */
	readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
	/** Everybody waits for everybody after each edit: no conflict can come of that. */
	readonly oneAtATime: boolean;
	readonly caseBlind: boolean;
	/** Of disks whose times are coarse. */
	readonly tickMs?: number;
	/** Members have a copy of the tree before they join, with changes of their own. */
	readonly copies: boolean;
	/** So many members come in the middle or at the end. */
	readonly late: number;
	/** The longest time that a message takes. */
	readonly delayMs: number;
	/** How likely a message arrives twice. */
	readonly repeats: number;
};

export type Outcome = {
	/** What does not hold; empty if all is well. */
	readonly violations: readonly string[];
	readonly trace: string;
	readonly lines: readonly string[];
	readonly facts: {
		readonly commits: number;
		readonly conflicts: number;
		readonly passedMs: number;
		readonly notes: number;
	};
};

/** Long enough at rest, and a saved file is in a snapshot. */
const settledAfterMs = 30_000;
/** An answer waits for what is to be confirmed, and then for somebody to go on with it. */
const transferEndsWithinMs = 3 * 60_000;
/** What is to be looked at again soon was looked at again. */
const lookedAgainMs = 2000;
const convergeWithinMs = 20 * 60_000;
/** A program that looks knows new rules by then. */
const rulesKnownAfterMs = 5000;
const takes = ['mine', 'theirs', 'base', 'both'] as const;

let simulations = 0;

export class Simulation {
	readonly time = new VirtualTime();
	readonly random: Random;
	readonly network: Network;
	readonly peers: readonly SimulatedPeer[];
	readonly violations: string[] = [];
	readonly #persons: readonly Person[];
	readonly #plan: Plan;
	readonly #hash = createHash('sha1');
	readonly #lines: string[] = [];
	readonly #keepsLines: boolean;
	/** Not the same in two runs of one seed: caches of the program are by path. */
	readonly #runName = `s${simulations++}`;
	#notes = 0;
	#fresh = 0;
	/** What stands on each disk, and since when it has been the same with a program that looks. */
	readonly #standing = new Map<SimulatedPeer, Map<Path, {node: Node; data: Buffer; since: number}>>();
	/** What each peer is told of its disk. */
	readonly #hearing = new Map<SimulatedPeer, Hearing>();
	/** By content: where it was, and when. */
	readonly #settled = new Map<SimulatedPeer, Map<Oid, string>>();
	/** Peers whose disk lost power: what they save again may be older than what they had. */
	readonly #unreliable = new Set<SimulatedPeer>();
	#resolved = false;
	#tookTurns = true;

	constructor(seed: number, plan: Plan, options: {keepLines?: boolean} = {}) {
		this.#plan = plan;
		this.#keepsLines = options.keepLines ?? false;
		this.random = new Random(seed);
		this.network = new Network(this.time, this.random);
		this.network.delayMs = [1, plan.delayMs];
		this.network.repeats = plan.repeats;
		const means: Means = {
			runName: this.#runName,
			time: this.time,
			random: this.random,
			network: this.network,
			note: (line) => this.note(line),
			taken: (peer, path, node) => queueMicrotask(() => this.#checkTaken(peer, path, node)),
		};
		this.peers = Array.from({length: plan.peers}, (_, at) => {
			const name = 'abcde'[at]!;
			const blind = plan.caseBlind && this.random.chance(0.5);
			return new SimulatedPeer(means, name.repeat(26), name, at === 0 ? 'host' : 'member', {
				caseBlind: blind,
				tickMs: plan.tickMs,
			});
		});
		this.#persons = this.peers.map(
			({disk}) =>
				new Person({disk, random: this.random, time: this.time, fresh: () => `line ${this.#fresh++}`}),
		);
		for (const peer of this.peers) {
			this.#standing.set(peer, new Map());
			this.#settled.set(peer, new Map());
			this.#hearing.set(peer, new Hearing());
		}
	}

	async run(): Promise<Outcome> {
		await askForGit();
		surround({time: this.time, random: this.random, keepsTraces: this.#keepsLines});
		try {
			this.#furnish();
			for (const peer of this.peers.slice(0, this.#plan.peers - this.#plan.late)) {
				peer.start();
				await this.#pass(this.random.between(0, 500));
			}
			if (this.#plan.oneAtATime || this.random.chance(0.8))
				await this.time.runUntil(() => this.#isConverged(), 60_000);
			for (let step = 0; step < this.#plan.steps; step++) await this.#step();
			await this.#heal();
			await this.#judge();
		} catch (error) {
			this.violations.push(
				`fault of the simulation: ${error instanceof Error ? error.stack : String(error)}`,
			);
		} finally {
			for (const peer of this.peers) peer.kill('over');
			// Whatever still goes on goes on in here.
			await this.time.runUntil(() => false, 100);
			surround(undefined);
			removeMounts();
		}
		return {
			violations: this.violations,
			trace: this.#hash.digest('hex'),
			lines: this.#lines,
			facts: {
				commits: this.#commits,
				conflicts: this.#conflicts,
				passedMs: Math.round(this.time.passed),
				notes: this.#notes,
			},
		};
	}

	note(line: string): void {
		const text = `${this.time.passed.toFixed(1)} ${line.replaceAll(this.#runName, 'run').replace(/(apply|kept)-[\d-]+/, '$1')}`;
		this.#notes++;
		this.#hash.update(text);
		if (this.#keepsLines) this.#lines.push(text);
	}

	#commits = 0;
	#conflicts = 0;

	/** The first tree, and copies of it that went their own way. */
	#furnish(): void {
		const [host] = this.#persons;
		const before = this.random.int(8);
		for (let count = 0; count < before; count++) host!.edit('new');
		if (this.random.chance(0.5)) host!.writeRules(['*.tmp', 'build/']);
		if (!this.#plan.copies) return;
		const files = [...this.peers[0]!.disk.walk()].filter(([, node]) => node.kind === 'file');
		for (const person of this.#persons.slice(1)) {
			if (this.random.chance(0.5)) continue;
			for (const [path, node] of files) person.write(path, node.data.toString());
			if (this.random.chance(0.5)) person.edit('save');
			if (this.random.chance(0.3)) person.edit('delete');
		}
	}

	async #step(): Promise<void> {
		const isEdit = this.random.weighted<'edit' | FaultKind>({edit: 10, ...this.#plan.faults});
		if (isEdit === 'edit') this.#edit();
		else await this.#fail(isEdit);
		if (this.#plan.oneAtATime) {
			await this.#pass(3000);
			// A guard may have stopped one: then the others go on without it.
			this.#tookTurns &&= await this.time.runUntil(() => this.#isConverged(), 120_000);
		} else await this.#pass(this.random.between(0, this.#plan.pauseMs));
		this.#watchStanding();
	}

	get #joined(): readonly SimulatedPeer[] {
		return this.peers.filter(({hasJoined}) => hasJoined);
	}

	#edit(): void {
		this.#editOn(this.random.one(this.#joined));
	}

	#editOn(peer: SimulatedPeer): void {
		const count = this.random.chance(0.2) ? 1 + this.random.int(5) : 1;
		const at = this.peers.indexOf(peer);
		for (let time = 0; time < count; time++) {
			const kind = this.random.weighted(this.#plan.edits);
			this.note(`${this.peers[at]!.name} ${this.#persons[at]!.edit(kind)}`);
		}
	}

	async #fail(kind: FaultKind): Promise<void> {
		const peer = this.random.one(this.#joined);
		const {faults} = peer;
		this.note(`fault ${kind} ${peer.name}`);
		switch (kind) {
			case 'cut':
				return this.network.cut(peer.peerId, this.random.one(this.peers).peerId);
			case 'mend':
				return this.network.mend();
			case 'drop':
				return this.network.drop(peer.peerId, this.random.one(this.peers).peerId);
			case 'relay':
				if (this.random.chance(0.3)) return this.network.stopRelay();
				return peer.run && this.network.dropRelay(peer.run.station);
			case 'kill':
				peer.kill('killed');
				return this.#restartLater(peer);
			case 'kill-later':
				faults.diesAfterCalls = 1 + this.random.int(this.random.chance(0.5) ? 60 : 400);
				this.#edit();
				await this.#pass(this.random.between(0, 5000));
				if (!peer.isUp) {
					this.#checkAfterCrash(peer);
					this.#restartLater(peer);
				}
				return;
			case 'power':
				this.#losePower(peer);
				return;
			case 'power-later':
				faults.diesAfterCalls = 1 + this.random.int(this.random.chance(0.5) ? 60 : 400);
				this.#edit();
				await this.time.runUntil(() => !peer.isUp, this.random.between(0, 5000));
				this.#losePower(peer);
				return;
			case 'race': {
				// Some at the very next calls, so that one follows the other within a tick of the disk's clock.
				const left = this.random.one([1, 5, 20, 60]);
				faults.racesAfterCalls = {left: 1 + this.random.int(left), edit: () => this.#editOn(peer)};
				return this.#editOn(peer);
			}
			case 'fail-call':
				faults.failsAfterCalls = {
					left: 1 + this.random.int(this.random.chance(0.5) ? 30 : 300),
					code: this.random.one(['EIO', 'EACCES', 'EMFILE', 'ENOSPC']),
				};
				return this.#edit();
			case 'full':
				faults.isFull = true;
				peer.disk.freeBytes = this.random.chance(0.5) ? 0 : 1e12;
				this.#edit();
				return void this.time.later(this.random.between(100, 20_000), () => this.#makeRoom(peer));
			case 'no-descriptors':
				faults.hasNoDescriptors = true;
				this.#edit();
				return void this.time.later(this.random.between(100, 5000), () => {
					faults.hasNoDescriptors = false;
				});
			case 'lost-events':
				faults.lostEvents = this.random.one([0, 0.3, 1]);
				return;
			case 'clock':
				if (this.random.chance(0.5)) peer.skewMs = this.random.between(-3_600_000, 3_600_000);
				else this.time.jumped += Math.floor(this.random.between(-7_200_000, 7_200_000));
				return;
			case 'pause': {
				const {run} = peer;
				run?.loop?.dispatch({type: 'commanded', command: {type: 'pause'}});
				return void this.time.later(this.random.between(100, 20_000), () => {
					run?.loop?.dispatch({type: 'commanded', command: {type: 'resume'}});
				});
			}
			case 'rest':
				return this.#pass(this.random.between(1000, 2 * settledAfterMs));
			case 'join':
				return this.peers.find(({hasJoined}) => !hasJoined)?.start();
			case 'resolve': {
				// Some do it at the same time, each in their own way.
				const several = this.random.chance(0.4);
				for (const one of several ? this.#joined : [peer]) this.#resolve(one);
			}
		}
	}

	#resolve({run, name}: SimulatedPeer): void {
		const {random} = this;
		const paths = [...(run?.loop?.state.conflicts ?? [])].map(({path}) => path);
		if (!run || paths.length === 0) return;
		this.#resolved = true;
		const path = random.one(paths);
		const take = random.one(takes);
		const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : undefined;
		const requests: Record<string, () => Promise<void>> = {
			one: async () => run.resolve({paths: [path], take}),
			some: async () => run.resolve({paths: paths.filter((one) => one === path || random.chance(0.5)), take}),
			all: async () => run.resolve({paths: 'all', take}),
			folder: async () => run.resolve({paths: 'all', folder, take}),
			peer: async () => run.resolve({paths: 'all', take: 'theirs', peerId: random.one(this.#joined).peerId}),
			merged: async () => run.resolveMerged(path, `merged ${this.#fresh++}\n`),
		};
		const way = random.weighted({one: 3, some: 1, all: 2, folder: 1, peer: 1, merged: 1});
		this.note(`${name} resolves ${way} ${path} ${take}`);
		requests[way]!().catch((error: unknown) => this.note(`cannot resolve: ${String(error)}`));
	}

	#losePower(peer: SimulatedPeer): void {
		const before = headOn(peer.disk);
		peer.losePower();
		this.note(`${peer.name} had the head ${before}, has ${headOn(peer.disk)}`);
		this.#unreliable.add(peer);
		this.#checkAfterCrash(peer);
		this.#restartLater(peer);
	}

	#makeRoom(peer: SimulatedPeer): void {
		peer.faults.isFull = false;
		peer.disk.freeBytes = 1e12;
	}

	#restartLater(peer: SimulatedPeer): void {
		this.time.later(this.random.between(100, 10_000), () => peer.start());
	}

	/** S12: what rules ignore stays, and nothing goes from a disk unless somebody took it away. */
	#checkTaken(peer: SimulatedPeer, path: Path, node: Node): void {
		const now = find(peer.disk, path);
		if (now === node) return;
		const isOld = this.time.passed - peer.rulesSince > rulesKnownAfterMs;
		if (isOld && rulesOn(peer.disk)(path))
			this.violations.push(`S12: ${peer.name} took ${path}, which is ignored there`);
		if (now || this.#resolved || this.#unreliable.size > 0) return;
		const isNear = (one: Path) => one === path || isBelow(one, path) || isBelow(path, one);
		const isByHand = this.#persons.some(({touched, removed}) =>
			[...removed, ...touched].some((one) => isNear(one)),
		);
		if (!isByHand) this.violations.push(`S12: ${peer.name} took ${path}, and nobody had`);
	}

	/** S8 and S10, before anything is repaired. */
	#checkAfterCrash(peer: SimulatedPeer): void {
		const {disk} = peer;
		try {
			checkObjects(disk);
			const head = headOn(disk);
			if (head !== undefined) reach(disk, head);
			const known = new Set<Oid>();
			for (const other of this.peers) {
				const theirs = headOn(other.disk);
				if (theirs !== undefined && other !== peer)
					for (const oid of reach(other.disk, theirs).objects) known.add(oid);
			}
			if (head !== undefined) for (const oid of reach(disk, head).objects) known.add(oid);
			for (const [path, node] of disk.walk()) {
				if (node.kind === 'folder' || node.byUser) continue;
				const oid = hashObject('blob', node.data);
				if (!known.has(oid))
					this.violations.push(
						`S8: ${peer.name} has something torn at ${path} after a crash: ${JSON.stringify(node.data.toString())}`,
					);
			}
		} catch (error) {
			this.violations.push(`after a crash of ${peer.name}: ${String(error)}`);
		}
	}

	/** Notes what has been standing long enough to be settled. */
	#watchStanding(): void {
		for (const peer of this.peers) {
			const standing = this.#standing.get(peer)!;
			const {faults, run} = peer;
			const machine = run?.loop?.machine;
			const isAtWork =
				peer.isUp &&
				machine?.sync.ready === true &&
				!machine.sync.paused &&
				!machine.sync.halted &&
				machine.state.project.head !== undefined &&
				faults.lostEvents === 0 &&
				!faults.isFull &&
				!faults.hasNoDescriptors &&
				!faults.failsAfterCalls;
			const hearing = this.#hearing.get(peer)!;
			hearing.note({isUp: peer.isUp, losesEvents: faults.lostEvents > 0});
			if (!isAtWork) {
				standing.clear();
				continue;
			}
			const heardAt = hearing.listen(this.time.passed);
			const isIgnored = rulesOn(peer.disk);
			for (const [path, node] of peer.disk.walk()) {
				const since = heardAt(path, node);
				if (node.kind === 'folder' || isIgnored(path)) continue;
				const seen = standing.get(path);
				if (seen?.node !== node || seen.data !== node.data) {
					standing.set(path, {node, data: node.data, since});
				} else if (this.time.passed - seen.since > settledAfterMs) {
					this.#settled
						.get(peer)!
						.set(hashObject('blob', node.data), `${path} at ${this.time.passed.toFixed(0)}`);
				}
			}
		}
	}

	/** All faults end, and everybody runs. */
	async #heal(): Promise<void> {
		this.note('heals');
		this.network.mend();
		for (const peer of this.peers) {
			Object.assign(peer.faults, {
				diesAfterCalls: undefined,
				racesAfterCalls: undefined,
				failsAfterCalls: undefined,
				hasNoDescriptors: false,
				lostEvents: 0,
			});
			this.#makeRoom(peer);
		}
		await this.#pass(25_000);
		for (const peer of this.peers) peer.start();
		await this.#pass(2000);
		for (let round = 0; round < 3; round++) {
			for (const {run} of this.peers) {
				const accept = run?.loop?.machine.sync.halted === true;
				run?.loop?.dispatch({type: 'commanded', command: {type: 'resume', acceptDeletions: accept}});
				run?.loop?.dispatch({type: 'commanded', command: {type: 'rescan'}});
			}
			await this.#pass(2000);
		}
		// In step may mean that a look is still to come: at what new rules let into view, say.
		for (let round = 0; round < 3; round++) {
			if (!(await this.time.runUntil(() => this.#isConverged(), convergeWithinMs))) {
				this.violations.push(`S2: not in step: ${this.peers.map((peer) => describe(peer)).join(' | ')}`);
				return;
			}
			await this.#pass(lookedAgainMs);
			if (this.#isConverged()) return;
		}
		this.violations.push('S2: never in step for long');
	}

	async #judge(): Promise<void> {
		if (this.violations.length > 0) return;
		const [first] = this.peers;
		const head = headOn(first!.disk);
		// Everything is looked at once more, and nothing may come of it.
		for (const {run} of this.peers) run!.loop!.dispatch({type: 'commanded', command: {type: 'rescan'}});
		await this.#pass(2 * settledAfterMs);
		this.#watchStanding();
		for (const peer of this.peers) {
			const {state, sync} = peer.run!.loop!.machine;
			for (const {name, transferIn, transferOut} of state.peers.values()) {
				// What goes out is given a while in which it may be asked for again.
				const isStale =
					peer.skewMs === 0 && transferOut && state.now - transferOut.startedAt > transferEndsWithinMs;
				if ((transferIn && !sync.fetch) || isStale)
					this.violations.push(`${peer.name} shows a transfer with ${name} that is over`);
			}
			if (headOn(peer.disk) !== head) this.violations.push(`S3: ${peer.name} went on from ${head}`);
		}
		if (this.violations.length > 0 || head === undefined) return;
		const {project} = first!.run!;
		const {store} = project!;
		const tree = await this.#ask(store.listTree(project!.tree!));
		for (const peer of this.peers) {
			for (const line of compareWithTree(peer.disk, tree)) this.violations.push(`S2: ${peer.name}: ${line}`);
			this.#checkKept(peer, head);
		}
		const conflicts = [...tree].filter(([, value]) => isConflicted(value));
		this.#conflicts = conflicts.length;
		for (const [path, {contents}] of conflicts) {
			const around = [...tree.keys()].filter((one) => isBelow(one, path) || isBelow(path, one));
			this.#checkConflict(path, contents, around);
		}
		await this.#checkEchoes(head);
	}

	/** S1, S10 and S12: what was taken from this disk, or settled on it, is in its history. */
	#checkKept(peer: SimulatedPeer, head: Oid): void {
		let objects: ReadonlySet<Oid>;
		try {
			checkObjects(peer.disk);
			const reached = reach(peer.disk, head);
			objects = keptOf(
				peer.disk,
				head,
				this.peers.map(({disk}) => disk),
			);
			this.#commits = Math.max(this.#commits, reached.commits.length);
		} catch (error) {
			this.violations.push(`${peer.name}: ${String(error)}`);
			return;
		}
		for (const {data} of peer.destroyed) {
			const oid = hashObject('blob', data);
			if (objects.has(oid)) continue;
			this.violations.push(
				`S1: ${peer.name} took ${JSON.stringify(data.toString().slice(0, 60))} from the disk`,
			);
		}
		for (const [oid, place] of this.#settled.get(peer)!) {
			if (!objects.has(oid)) this.violations.push(`S1: ${peer.name} does not have ${oid}, once in ${place}`);
		}
		const isIgnored = rulesOn(peer.disk);
		for (const [path, content] of filesOn(peer.disk)) {
			if (isIgnored(path)) continue;
			if (!objects.has(parseContent(content)!.oid))
				this.violations.push(`S1: ${peer.name} never took in ${path}`);
		}
	}

	/** S4: at a conflict at least two have been at work, or it is not one. `around` is what stands in its way, or in whose way it is. */
	#checkConflict(path: Path, contents: readonly string[], around: readonly Path[]): void {
		const isInTheWay = (one: Path) => isBelow(one, path) && this.#wasIgnored(one);
		// An ignored file kept a folder where others have a file by now.
		if (this.peers.some(({disk}) => [...disk.walk()].some(([one]) => isInTheWay(one)))) return;
		if ([path, ...around].some((one) => this.#wasIgnored(one) || this.#hadTwin(one))) return;
		if (this.#plan.oneAtATime && this.#tookTurns)
			this.violations.push(`S4: a conflict at ${path}, one at a time`);
		const hands = this.#persons.filter((person) =>
			[...person.touched].some((one) => one === path || isBelow(one, path) || isBelow(path, one)),
		);
		if (hands.length >= 2 || this.#unreliable.size > 0 || this.#resolved) return;
		this.violations.push(`S4: a conflict at ${path} (${contents.join(', ')}), which ${hands.length} touched`);
	}

	/**
	 * What was out of view comes back as if it had never been shown: it may be new, or in conflict, by one hand alone. So may a
	 * file that has the name of a folder in which something was out of view.
	 */
	#wasIgnored(path: Path): boolean {
		const rules = this.#persons.flatMap((person) => [...person.rules]);
		const below = this.#touched.filter((one) => isBelow(one, path));
		return this.peers.some(({disk}) =>
			[path, `${path}/in-it`, ...below].some((one) => isIgnoredBy(rules, one, disk)),
		);
	}

	/** What any person ever wrote or took away. */
	get #touched(): readonly Path[] {
		return this.#persons.flatMap(({touched, removed}) => [...touched, ...removed]);
	}

	/** A disk that is blind to case shows one spelling alone: who gives a file the other one never saw what that holds. */
	#hadTwin(path: Path): boolean {
		return this.#plan.caseBlind && hasTwin(path, this.#touched);
	}

	/** S3: a peer's own commits change only what a person changed there. */
	async #checkEchoes(head: Oid): Promise<void> {
		if (this.#resolved || this.#unreliable.size > 0) return;
		const {store} = this.peers[0]!.run!.project!;
		for (const oid of reach(this.peers[0]!.disk, head).commits) {
			const commit = await this.#ask(store.readCommit(oid));
			const at = this.peers.findIndex(({peerId}) => peerId === commit.author.peerId);
			const [parent] = commit.parents;
			if (commit.author.peerId === mergeAuthor.peerId || parent === undefined) continue;
			if (!store.graph.isPresent(parent)) continue;
			const before = (await this.#ask(store.readCommit(parent))).tree;
			const {touched, removed} = this.#persons[at]!;
			const isNear = (path: Path, one: Path) => one === path || isBelow(one, path) || isBelow(path, one);
			for (const [path, {before: old, after}] of await this.#ask(store.diffTrees(before, commit.tree))) {
				const isGone = after.contents.length === 1 && after.contents[0] === absent;
				// Of a conflict one content may go because another spelling of the name was renamed over it.
				const byHand = isGone ? removed : isConflicted(old) ? [...touched, ...removed] : touched;
				const isTheirs = [...byHand].some((one) => isNear(path, one));
				// Who gives a file another spelling's name has the one file that a disk blind to case shows of both.
				const isTwin = this.#plan.caseBlind && hasTwin(path, [...touched, ...removed]);
				if (isTheirs || isTwin || this.#wasIgnored(path)) continue;
				const values = `${old.contents.join()} → ${after.contents.join()}`.replaceAll(absent, 'nothing');
				this.violations.push(`S3: ${this.peers[at]!.name} says it changed ${path} (${values})`);
			}
		}
	}

	#isConverged(): boolean {
		const heads = new Set<Oid | undefined>();
		const joined = this.#joined;
		for (const {run} of joined) {
			const machine = run?.isAlive ? run.loop?.machine : undefined;
			if (!machine || !isInStep(machine)) return false;
			const others = [...machine.state.peers.values()].filter(({present}) => present);
			if (others.length !== joined.length - 1) return false;
			heads.add(machine.state.project.head);
		}
		return heads.size === 1;
	}

	async #pass(ms: number): Promise<void> {
		await this.time.runUntil(() => false, ms);
	}

	async #ask<T>(question: Promise<T>): Promise<T> {
		let isAnswered = false;
		const done = () => {
			isAnswered = true;
		};
		question.then(done, done);
		if (!(await this.time.runUntil(() => isAnswered, 60_000))) throw new Error('no answer');
		return question;
	}
}

/** Asked once a process, so it must be no part of any run. */
async function askForGit(): Promise<void> {
	const time = new VirtualTime();
	surround({time, random: new Random(0)});
	let isKnown = false;
	void checkGit().then(() => {
		isKnown = true;
	});
	await time.runUntil(() => isKnown, 1000);
}

function describe({name, run, disk}: SimulatedPeer): string {
	const machine = run?.loop?.machine;
	if (!run?.isAlive || !machine) return `${name} is down (${String(run?.failure)})`;
	const {sync, state} = machine;
	const facts = {
		head: headOn(disk)?.slice(0, 7),
		ready: sync.ready,
		dirty: sync.dirty,
		operation: sync.operation?.kind,
		paused: sync.paused,
		mode: state.project.mode,
		relay: state.relay.status,
		peers: [...state.peers.values()].map(
			(peer) => `${peer.name}:${peer.link.status}:${peer.head?.slice(0, 7)}`,
		),
		problems: state.problems.items.map(({code, path}) => `${code} ${path ?? ''}`),
	};
	return `${name} ${JSON.stringify(facts)}`;
}

/** What a seed runs: which faults there are, how many take part, how much they do. */
export function planOf(seed: number): Plan {
	const random = new Random(seed ^ 0x5e_ed);
	const theme = random.weighted({calm: 2, raced: 2, apart: 3, killed: 3, power: 2, disk: 3, all: 3});
	const network = {cut: 1, mend: 1, drop: 1, relay: 0.5};
	const faults: Record<typeof theme, Plan['faults']> = {
		calm: {rest: 0.5},
		raced: {race: 20, rest: 0.5},
		apart: {...network, rest: 1, resolve: 2, race: 2, join: 1},
		killed: {race: 1, kill: 1, 'kill-later': 3, rest: 0.5},
		power: {power: 1, 'power-later': 3, rest: 0.5},
		disk: {'fail-call': 3, full: 1, 'no-descriptors': 1, 'lost-events': 1, rest: 0.5},
		all: {
			...network,
			kill: 0.5,
			'kill-later': 1,
			'power-later': 0.7,
			'fail-call': 1,
			full: 0.5,
			'no-descriptors': 0.5,
			'lost-events': 1,
			clock: 1,
			pause: 0.5,
			rest: 1,
			resolve: 1,
			race: 1,
			join: 1,
		},
	};
	const edits: Partial<Record<EditKind, number>> = {};
	for (const kind of editKinds) edits[kind] = random.chance(0.6) ? random.next() : 0;
	edits.save = 1;
	const peers = Number(random.weighted({2: 5, 3: 4, 4: 1, 5: 0.5}));
	const copies = theme !== 'calm' && random.chance(0.4);
	return {
		peers,
		steps: theme === 'calm' ? 4 + random.int(8) : 5 + random.int(25),
		pauseMs: random.one([200, 2000, 10_000]),
		edits,
		faults: faults[theme],
		oneAtATime: theme === 'calm',
		caseBlind: random.chance(0.2),
		copies,
		late: theme !== 'calm' && random.chance(0.3) ? 1 + random.int(peers - 1) : 0,
		delayMs: theme === 'calm' ? 40 : random.one([40, 40, 40, 400, 4000]),
		repeats: random.one([0, 0, 0.1]),
		// Without a draw: other seeds stay what they are.
		tickMs: seed % 16 === 8 ? (seed % 32 === 8 ? 1000 : 2000) : undefined,
	};
}
