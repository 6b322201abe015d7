/**
 * The real program in the lab's networks, and what its events say about the way it took. Times are those of the events
 * themselves, so a busy machine that reads them late changes nothing.
 */
import {execFile} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {existsSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {promisify} from 'node:util';
import type {ExecutionContext} from 'ava';
import {type Route, type Tier} from '../../source/protocol/tiers.js';
import {compareTrees} from './compare-trees.js';
import {startHelper} from './network-process.js';
import {type Host, World} from './network-world.js';
import {type EventLine, Lab, type PeerProcess, settle} from './peer-process.js';
import {waitUntil} from './wait.js';

export const relayPort = 8787;

/** A relay in the lab. */
export type LabRelay = {
	readonly host: Host;
	readonly url: string;
	readonly program: PeerProcess;
	/** What it has carried of each tier. */
	carried(): Promise<{readonly proxyBytes: number; readonly jsonBytes: number; readonly tunnels: number}>;
};

/** Two peers that have joined, and when the second one had. */
export type Pair = {readonly ada: PeerProcess; readonly bob: PeerProcess; readonly joinedAt: number};

export class NetworkLab extends Lab {
	readonly world: World;
	readonly #t: ExecutionContext;

	constructor(t: ExecutionContext) {
		super(t);
		this.#t = t;
		this.world = new World(t);
	}

	/** A relay on the well-known port of a host. */
	async relayOn(host: Host, flags: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<LabRelay> {
		const port = ['--port', String(relayPort)];
		const program = this.start(host.name, ['--relay', ...port, ...flags], env, host.via);
		await program.waitFor('listening');
		return {host, url: relayUrl(host), program, carried: async () => readCounters(host)};
	}

	/** The middlebox that lets only text pass, between a relay and those who are told this address. */
	async middleboxOn(host: Host, policy: 'swallow' | 'kill', relay: LabRelay): Promise<string> {
		const args = [host.address4!, relayPort, policy, relay.url];
		const box = startHelper(this.#t, host.via, 'network-middlebox-program', args);
		await box.line('the middlebox', (line) => line === 'ready');
		return relayUrl(host);
	}

	async hostOn(host: Host, flags: readonly string[]): Promise<PeerProcess & {readonly invite: string}> {
		const peer = this.start(host.name, ['host', '--name', host.name, ...flags], {}, host.via);
		const {invite} = await peer.waitFor('ready');
		return Object.assign(peer, {invite: invite ?? ''});
	}

	async joinOn(host: Host, invite: string, flags: readonly string[] = []): Promise<PeerProcess> {
		const args = ['join', '--name', host.name, ...flags];
		const peer = this.start(host.name, args, {PULSYNC_INVITE: invite}, host.via);
		await peer.waitFor('ready');
		return peer;
	}

	/** One hosts, through a relay or with its own, and the other joins. */
	async pair(
		one: Host,
		other: Host,
		{relay, flags = []}: {relay?: LabRelay | string; flags?: readonly string[]} = {},
	): Promise<Pair> {
		const url = typeof relay === 'string' ? relay : relay?.url;
		const ada = await this.hostOn(one, [...(url ? ['--relay-url', url] : []), ...flags]);
		const bob = await this.joinOn(other, ada.invite, flags);
		return {ada, bob, joinedAt: (await bob.waitFor('ready')).at};
	}

	/** The lab's log of a failed test: what each program said last. */
	static describe(...peers: readonly PeerProcess[]): string {
		return peers
			.map((peer) => {
				const told = peer.events.filter(({event}) => ['link', 'attempt', 'problem', 'error'].includes(event));
				const lines = told.slice(-30).map((event) => JSON.stringify(event).slice(0, 400));
				return [path.basename(peer.folder), ...lines, peer.stderr.slice(-2000)].join('\n');
			})
			.join('\n\n');
	}
}

function relayUrl({address4, address6}: Host): string {
	return `ws://${address4 ?? `[${address6}]`}:${relayPort}/ws`;
}

type LinkEvent = Extract<EventLine, {event: 'link'}>;
type AttemptEvent = Extract<EventLine, {event: 'attempt'}>;

/** How long before the second peer was ready its link may have come up. */
const joiningMs = 3000;

/** Both peers' links run on one of these routes at most so long after the second one joined. */
export async function linkedAfterJoining(
	t: ExecutionContext,
	{ada, bob, joinedAt}: Pair,
	routes: readonly Route[],
	withinMs: number,
): Promise<readonly LinkEvent[]> {
	return linkedBy(t, [ada, bob], routes, {since: joinedAt, withinMs, earlyMs: joiningMs});
}

/** All peers' links come to run on one of these routes at most so long after a moment; returns the events that say so. */
export async function linkedBy(
	t: ExecutionContext,
	peers: readonly PeerProcess[],
	routes: readonly Route[],
	{since, withinMs, earlyMs = 0}: {since: number; withinMs: number; earlyMs?: number},
): Promise<readonly LinkEvent[]> {
	return Promise.all(
		peers.map(async (peer) => {
			const event = await waitForIt(peers, async () =>
				peer.waitFor(
					'link',
					({status, route, at}) =>
						status === 'online' && at >= since - earlyMs && route !== undefined && routes.includes(route),
					// What comes too late is told as such, with its time.
					{deadlineMs: withinMs + 10_000},
				),
			);
			const tookMs = event.at - since;
			t.log(`${path.basename(peer.folder)}: ${event.route} after ${tookMs} ms`);
			t.true(tookMs <= withinMs, `${event.route} after ${tookMs} ms\n${NetworkLab.describe(...peers)}`);
			return event;
		}),
	);
}

/** One of the peers tells of a failed attempt on a tier whose reason fits. */
export async function toldFailure(
	peers: readonly PeerProcess[],
	tier: Tier,
	reason: RegExp,
	deadlineMs = 20_000,
): Promise<AttemptEvent> {
	return waitForIt(peers, async () =>
		waitUntil(
			`a failed attempt on ${tier} because of ${String(reason)}`,
			() =>
				peers
					.flatMap(({events}) => events)
					.find(
						(event): event is AttemptEvent =>
							event.event === 'attempt' &&
							event.tier === tier &&
							event.outcome === 'failed' &&
							reason.test(event.reason ?? ''),
					),
			deadlineMs,
		),
	);
}

/** A new file of one peer is on the disk of another at most so long after a moment; both folders are equal then. */
export async function arrivesBy(
	t: ExecutionContext,
	[from, to]: readonly [PeerProcess, PeerProcess],
	{since, withinMs}: {since: number; withinMs: number},
): Promise<void> {
	const name = `saved-${since}.txt`;
	const seen = to.events.length;
	writeFileSync(path.join(from.folder, name), `${from.pid} ${since}\n`);
	const {at} = await waitForIt([from, to], async () =>
		to.waitFor('applied', () => existsSync(path.join(to.folder, name)), {
			from: seen,
			deadlineMs: withinMs + 15_000,
		}),
	);
	t.log(`a save of ${path.basename(from.folder)} is there after ${at - since} ms`);
	t.true(at - since <= withinMs, `a save took ${at - since} ms\n${NetworkLab.describe(from, to)}`);
	await settleEqual(t, [from, to]);
}

/**
 * Until the relay has no tunnel left, as a link that has left it gives back; then nothing of `work` may go through it: no byte
 * of the tiers that carry content.
 */
export async function bypassesRelay(
	t: ExecutionContext,
	relay: LabRelay,
	work: () => Promise<void>,
): Promise<void> {
	const before = await waitUntil('the relay to be left', async () => {
		const carried = await relay.carried();
		return carried.tunnels === 0 && carried;
	});
	await work();
	t.deepEqual(await relay.carried(), before);
}

/** Writes a file of random bytes. */
export function writeRandom(peer: PeerProcess, name: string, bytes: number): void {
	writeFileSync(path.join(peer.folder, name), randomBytes(bytes));
}

/** All peers come to one head, and their folders are equal to the byte. */
export async function settleEqual(t: ExecutionContext, peers: readonly PeerProcess[]): Promise<void> {
	await waitForIt(peers, async () => settle(peers));
	for (const peer of peers.slice(1)) t.deepEqual(compareTrees(peers[0]!.folder, peer.folder), []);
}

/** Nothing that a person would see as a failure was told. */
export function toldNoFailure(t: ExecutionContext, peers: readonly PeerProcess[]): void {
	const failures = new Set(['problem', 'error', 'halted', 'conflict']);
	const bad = peers.flatMap(({events}) => events.filter(({event}) => failures.has(event)));
	t.deepEqual(bad, []);
	for (const peer of peers) t.is(peer.stderr, '');
}

/** Waits, and adds what the programs said to a failure. */
export async function waitForIt<T>(peers: readonly PeerProcess[], wait: () => Promise<T>): Promise<T> {
	try {
		return await wait();
	} catch (error) {
		throw new Error(`${String(error)}\n${NetworkLab.describe(...peers)}`, {cause: error});
	}
}

async function readCounters(host: Host): Promise<{proxyBytes: number; jsonBytes: number; tunnels: number}> {
	const url = relayUrl(host).replace(/^ws/, 'http').replace(/ws$/, 'status');
	const code = `fetch('${url}').then((answer) => answer.text()).then((text) => process.stdout.write(text))`;
	const [program, ...words] = [...host.via, process.execPath, '-e', code];
	const {stdout} = await promisify(execFile)(program, words);
	const {proxy_bytes, json_bytes, tunnels} = JSON.parse(stdout) as Record<string, number>;
	return {proxyBytes: proxy_bytes!, jsonBytes: json_bytes!, tunnels: tunnels!};
}
