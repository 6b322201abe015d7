/**
 * One peer: a disk that stays, and runs of the program on it that come and go. Everything from the loop down is the real
 * thing; only clock, disk, git children and carriers are not.
 */
import {initialMachine} from '../../source/core/initial-machine.js';
import {isReport} from '../../source/core/heads.js';
import {type ResolveRequest} from '../../source/core/command.js';
import {ChannelDesk} from '../../source/runtime/channel-desk.js';
import {ExchangeDesk} from '../../source/runtime/exchange-desk.js';
import {Loop, steadyClock} from '../../source/runtime/loop.js';
import {Project} from '../../source/runtime/project/project.js';
import {projectCallbacks} from '../../source/runtime/project-callbacks.js';
import {ProjectDesk} from '../../source/runtime/project-desk.js';
import {createRateLimiter} from '../../source/transport/rate-limiter.js';
import {type RelayDesk} from '../../source/runtime/relay-desk.js';
import {type Desks, runEffect} from '../../source/runtime/run-effect.js';
import {Timers} from '../../source/runtime/timers.js';
import {addMount, type CallKind, type Mount} from './file-calls.js';
import {DiskError, MemoryDisk, type Node} from './memory-disk.js';
import {type Network, type Station} from './network.js';
import {type Random} from './random.js';
import {type VirtualTime} from './virtual-time.js';

export type Means = {
	readonly runName: string;
	readonly time: VirtualTime;
	readonly random: Random;
	readonly network: Network;
	readonly note: (line: string) => void;
	/** A program took a file from its place in the project. */
	readonly taken: (peer: SimulatedPeer, path: string, node: Node) => void;
};

const never = new Promise<never>(() => undefined);

/** What goes wrong on a peer's machine; changed at will while it runs. */
export type Faults = {
	/** The program dies at the call of this number from now on. */
	diesAfterCalls: number | undefined;
	/** Somebody saves between two steps of the program. */
	racesAfterCalls: {left: number; edit: () => void} | undefined;
	/** The call of this number from now on fails with the code. */
	failsAfterCalls: {left: number; code: string} | undefined;
	/** Nothing can be written. */
	isFull: boolean;
	/** No file can be opened. */
	hasNoDescriptors: boolean;
	/** How likely an event of the watcher is lost. */
	lostEvents: number;
};

export class SimulatedPeer {
	readonly disk: MemoryDisk;
	readonly faults: Faults = {
		diesAfterCalls: undefined,
		racesAfterCalls: undefined,
		failsAfterCalls: undefined,
		isFull: false,
		hasNoDescriptors: false,
		lostEvents: 0,
	};
	/** Contents that the program itself took from the project for good. */
	readonly destroyed: {readonly node: Node; readonly data: Buffer}[] = [];
	/** When its ignore rules last changed. */
	rulesSince = 0;
	/** Whether the program ever ran here. */
	hasJoined = false;
	/** How far this machine's clock is from the others'. */
	skewMs = 0;
	run: Run | undefined;
	runs = 0;
	readonly #means: Means;

	constructor(
		means: Means,
		readonly peerId: string,
		readonly name: string,
		readonly role: 'host' | 'member',
		{caseBlind, tickMs}: {readonly caseBlind: boolean; readonly tickMs?: number},
	) {
		this.#means = means;
		this.disk = new MemoryDisk({
			wall: () => means.time.wall,
			caseBlind,
			tickMs,
			events: {
				changed: (folder, kind, name) => {
					const isRules = (caseBlind ? name.toLowerCase() : name) === '.gitignore';
					if (folder === this.disk.root && isRules) this.rulesSince = means.time.passed;
					this.run?.fileChanged(folder, kind, name);
				},
				taken: (path, node) => means.taken(this, path, node),
				destroyed: (node) => {
					means.note(`${name} gives up ${JSON.stringify(node.data.toString().slice(0, 40))}`);
					this.destroyed.push({node, data: node.data});
				},
			},
		});
	}

	get isUp(): boolean {
		return this.run?.isAlive === true;
	}

	/** Starts the program, if it does not run. */
	start(): void {
		if (this.isUp) return;
		this.hasJoined = true;
		this.run = new Run(this.#means, this, ++this.runs);
		void this.run.start();
	}

	kill(why: string): void {
		this.run?.die(why);
	}

	losePower(): void {
		this.kill('power');
		this.disk.losePower(this.#means.random);
	}
}

/** One run of the program, from its start to its end. */
export class Run {
	isAlive = true;
	project: Project | undefined;
	loop: Loop | undefined;
	/** Why it could not start. */
	failure: unknown;
	readonly #means: Means;
	readonly #peer: SimulatedPeer;
	readonly #mountName: string;
	readonly #mount: Mount;
	readonly #station: Station;
	#projectDesk: ProjectDesk | undefined;
	#seconds: NodeJS.Timeout | undefined;

	constructor(means: Means, peer: SimulatedPeer, number: number) {
		this.#means = means;
		this.#peer = peer;
		this.#mountName = `${means.runName}-${peer.name}-${number}`;
		this.#mount = {
			disk: peer.disk,
			enter: (kind, call, path) => this.#enter(kind, call, path),
			soon: (work) => this.#soon(work),
			watchers: new Map(),
		};
		this.#station = {
			peerId: peer.peerId,
			name: peer.name,
			instance: `${peer.name}${number}`,
			isAlive: () => this.isAlive && this.loop !== undefined,
			dispatch: (event) => this.loop?.dispatch(event),
			relayAttempt: undefined,
		};
	}

	get station(): Station {
		return this.#station;
	}

	async start(): Promise<void> {
		const root = addMount(this.#mountName, this.#mount);
		this.#means.note(`${this.#peer.name} starts`);
		try {
			await this.#open(root);
		} catch (error) {
			if (!this.isAlive) return;
			this.failure = error;
			this.die(`cannot start: ${String(error)}`);
		}
	}

	/** The process is gone in this instant. */
	die(why: string): void {
		if (!this.isAlive) return;
		this.#means.note(`${this.#peer.name} ends: ${why}`);
		this.isAlive = false;
		this.#peer.faults.diesAfterCalls = undefined;
		this.loop?.close();
		clearInterval(this.#seconds);
		// Ends its timers; its disk does nothing any more.
		void this.project?.close();
		this.#means.network.leave(this.#station);
		this.#mount.watchers.clear();
	}

	fileChanged(folder: Node, kind: string, name: string): void {
		const listeners = this.#mount.watchers.get(folder);
		if (!this.isAlive || !listeners || listeners.size === 0) return;
		if (this.#means.random.chance(this.#peer.faults.lostEvents)) return;
		this.#means.time.later(0.1, () => {
			if (this.isAlive) for (const listener of [...listeners]) listener(kind, name);
		});
	}

	async resolve(request: ResolveRequest): Promise<void> {
		if (!this.project || !this.#projectDesk || !this.loop) return;
		const {resolved} = await this.project.resolve(request);
		const report = this.#projectDesk.report();
		if (isReport(report)) this.loop.dispatch({type: 'head-moved', take: request.take, resolved, ...report});
	}

	/** A merge tool's file in the place of a conflict. */
	async resolveMerged(path: string, text: string): Promise<void> {
		if (!this.project || !this.#projectDesk || !this.loop) return;
		await this.project.resolveMerged(path, Buffer.from(text));
		const report = this.#projectDesk.report();
		if (isReport(report))
			this.loop.dispatch({type: 'head-moved', take: 'merged', resolved: [path], ...report});
	}

	async #open(root: string): Promise<void> {
		const {time, random, network} = this.#means;
		const {peerId, name, role, skewMs} = this.#peer;
		const now = () => time.wall + skewMs;
		const dispatch: Station['dispatch'] = (event) => {
			if ('code' in event) this.#means.note(`${name} hears ${event.type}: ${event.code}`);
			this.loop?.dispatch(event);
		};
		const {disk} = this.#peer;
		if (!disk.find('.pulsync')) disk.makeFolder('.pulsync', 0o700);
		disk.sync(disk.root);
		const project = await Project.open({
			root,
			self: {peerId, name},
			watch: true,
			now,
			callbacks: projectCallbacks(dispatch),
		});
		if (!this.isAlive) return;
		const relay = {
			connection: {},
			open: (attempt: number) => network.openRelay(this.#station, attempt),
			testBinary: (attempt: number) => network.testBinary(this.#station, attempt),
			probe: () => undefined,
		} as unknown as RelayDesk;
		const state = () => loop.state;
		const exchange = new ExchangeDesk({
			store: project.store,
			have: () => project.have(),
			wantFile: `${root}/.pulsync/want.json`,
			cacheFolder: `${root}/.pulsync/tmp/packs`,
			isAbout: (other) =>
				state().peers.get(other)?.present === true ||
				[...state().peers.values()].every(({link}) => link.status !== 'online'),
			dispatch,
		});
		const channels = new ChannelDesk({
			identity: undefined as never,
			keys: undefined as never,
			instance: this.#station.instance,
			state,
			relay: () => relay.connection,
			dispatch,
			exchange: exchange.callbacks,
			carriers: network.carriersOf(this.#station),
		});
		const log = (line: object) => this.#means.note(`${name} log ${JSON.stringify(line)}`);
		const projectDesk = new ProjectDesk({
			root,
			project,
			channels,
			merge: true,
			founder: role === 'host',
			log,
			dispatch,
		});
		const timers = new Timers((timer) => dispatch({type: 'timer-fired', timer}));
		const machine = initialMachine({
			at: now(),
			self: {peerId, name, instance: this.#station.instance, role},
			session: {sessionId: 's', root, projectName: 'p', invite: '', relayUrl: 'ws://relay'},
			pin: 'proxy',
			relayAttempt: 0,
		});
		const loop: Loop = new Loop({
			machine,
			run: (effect) => {
				this.#calls(1);
				if (!this.isAlive) return;
				if (effect.type !== 'start-timer' && effect.type !== 'stop-timer') {
					this.#means.note(`${name} ${effect.type}`);
				}
				runEffect(desks, effect);
			},
			clock: {now: steadyClock(now), random: () => random.next()},
		});
		const desks: Desks = {
			log,
			loop,
			timers,
			relay,
			limiter: createRateLimiter(),
			channels,
			exchange,
			project,
			projectDesk,
			endSession: ({reason}) => this.die(reason),
		};
		[this.loop, this.project, this.#projectDesk] = [loop, project, projectDesk];
		network.enter(this.#station);
		this.#seconds = setInterval(() => {
			dispatch({type: 'second-passed', meters: channels.meters(), relayRttMs: 5});
		}, 1000);
		loop.dispatch({type: 'timer-fired', timer: 'relay'});
		void projectDesk.start();
	}

	/** Counts a step of the program; it may be its last. */
	#calls(count: number): void {
		const {faults} = this.#peer;
		if (faults.diesAfterCalls === undefined) return;
		faults.diesAfterCalls -= count;
		if (faults.diesAfterCalls <= 0) this.die('killed');
	}

	#enter(kind: CallKind, call: string, path: string): void {
		const {faults} = this.#peer;
		if (this.isAlive) this.#calls(1);
		if (!this.isAlive) throw new DiskError('EIO', call, path);
		if (kind !== 'look' && call !== 'cat-file' && !path.startsWith('.pulsync'))
			this.#means.note(`${this.#peer.name} ${call} ${path}`);
		const next = faults.failsAfterCalls;
		if (next && --next.left <= 0) {
			faults.failsAfterCalls = undefined;
			this.#means.note(`${this.#peer.name} ${next.code} at ${call} ${path}`);
			throw new DiskError(next.code, call, path);
		}
		if (faults.isFull && (kind === 'write' || (kind === 'name' && /^(open|mkdir|link|symlink)$/.test(call))))
			throw new DiskError('ENOSPC', call, path);
		if (faults.hasNoDescriptors && (call === 'open' || call === 'readdir'))
			throw new DiskError('EMFILE', call, path);
	}

	/** Most calls are done at once; some take their time, so that things happen in between. */
	#soon<T>(work: () => T): Promise<T> {
		const {random, time} = this.#means;
		if (!this.isAlive) return never;
		if (!random.chance(0.1)) return this.#work(work);
		return new Promise<void>((resolve) => {
			time.later(random.between(0.1, 4), resolve);
		}).then(() => this.#work(work));
	}

	/** Who died answers nothing. */
	#work<T>(work: () => T): Promise<T> {
		const {faults} = this.#peer;
		if (faults.racesAfterCalls && --faults.racesAfterCalls.left <= 0) {
			const {edit} = faults.racesAfterCalls;
			faults.racesAfterCalls = undefined;
			edit();
		}
		if (!this.isAlive) return never;
		try {
			return Promise.resolve(work());
		} catch (error) {
			return this.isAlive ? Promise.reject(asError(error)) : never;
		}
	}
}

function asError(error: unknown): Error {
	return error instanceof Error ? error : new Error(String(error));
}
