/**
 * What a relay of this machine bears, with the clients on the same machine: memory of idle peers, throughput of pairs
 * beside a bare forwarder in the same run, and how long control waits under 70 % of that.
 * `node dist/bench/relay-load.js [--idle 5000] [--pairs 16] [--seconds 5] [--rounds 3]`
 */
import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {cpus} from 'node:os';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {createPeer, createSession} from '../test/relay/raw-client.js';
import {runBareForwarder} from './bare-forwarder.js';
import {enter, type LoadPair, openLoadPair} from './load-pair.js';
import {LoadPeer} from './relay-load-peer.js';
import {residentBytes, startRelayProgram} from './relay-program.js';

const megabyte = 1_000_000;
const peersOfIdleSession = 10;
/** Sockets that are opened at one time. */
const openers = 50;
const warmUpMs = 1_000;
const paceEveryMs = 5;
const pingEveryMs = 20;

type Server = {readonly child: ChildProcess; readonly url: string};

async function startForwarder(): Promise<Server> {
	const child = fork(fileURLToPath(import.meta.url), ['--forwarder']);
	const [{port}] = (await once(child, 'message')) as [{port: number}];
	return {child, url: `ws://127.0.0.1:${port}/`};
}

async function openIdle(server: Server, count: number): Promise<LoadPeer[]> {
	const members: LoadPeer[] = [];
	const sessions = Array.from({length: Math.ceil(count / peersOfIdleSession)}, () => createPeer());
	const work = sessions.values();
	const openSome = async () => {
		for (const founder of work) {
			const session = createSession(founder);
			members.push(await enter(server.url, 'create_session', founder, session));
			for (let peer = 1; peer < peersOfIdleSession && members.length < count; peer++) {
				members.push(await enter(server.url, 'join_session', createPeer(), session));
			}
		}
	};

	await Promise.all(Array.from({length: openers}, openSome));
	return members;
}

async function openBarePair({url}: Server, index: number): Promise<LoadPair> {
	const [from, to] = [new LoadPeer(`${url}${index}`), new LoadPeer(`${url}${index}`)];
	await Promise.all([from.opened(), to.opened()]);
	// Names as long as ours, so that frames have one size.
	const [session, founder, member] = ['s', 'a', 'b'].map((letter) => letter.repeat(26)) as [
		string,
		string,
		string,
	];
	to.startReceiving(founder);
	from.startSending(session, member);
	return {from, to};
}

function receivedBytes(pairs: readonly LoadPair[]): number {
	return pairs.reduce((sum, {to}) => sum + to.receivedBytes, 0);
}

async function after(ms: number): Promise<void> {
	await new Promise((resolve) => setTimeout(resolve, ms));
}

/** Bytes a second of all pairs together. */
async function measureRate(pairs: readonly LoadPair[], seconds: number): Promise<number> {
	for (const {from} of pairs) from.paced = false;
	await after(warmUpMs);
	const before = receivedBytes(pairs);
	const startedAt = performance.now();
	await after(seconds * 1000);
	const rate = (receivedBytes(pairs) - before) / ((performance.now() - startedAt) / 1000);
	for (const {from} of pairs) from.paced = true;
	await after(200);
	return rate;
}

/** Round trips of pings on every loaded socket, while the pairs send at this rate. */
async function measureControl(pairs: readonly LoadPair[], rate: number, seconds: number) {
	let pacedAt = performance.now();
	const pacer = setInterval(() => {
		const now = performance.now();
		const each = (rate * (now - pacedAt)) / 1000 / pairs.length;
		pacedAt = now;
		for (const {from} of pairs) from.allow(each);
	}, paceEveryMs);
	await after(warmUpMs);
	const sockets = pairs.flatMap(({from, to}) => [from, to]);
	for (const socket of sockets) socket.roundTrips.length = 0;
	const before = receivedBytes(pairs);
	const startedAt = performance.now();
	const pinger = setInterval(() => {
		for (const socket of sockets) socket.ping();
	}, pingEveryMs);
	await after(seconds * 1000);
	clearInterval(pinger);
	const reached = (receivedBytes(pairs) - before) / ((performance.now() - startedAt) / 1000);
	await after(500);
	clearInterval(pacer);
	const times = sockets.flatMap(({roundTrips}) => roundTrips).sort((a, b) => a - b);
	return {reached, p50: quantile(times, 0.5), p99: quantile(times, 0.99), count: times.length};
}

function quantile(sorted: readonly number[], share: number): number {
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

function median(values: readonly number[]): number {
	return quantile(
		[...values].sort((a, b) => a - b),
		0.5,
	);
}

function report(text: string): void {
	process.stdout.write(`${text}\n`);
}

function megabytes(bytes: number): string {
	return `${(bytes / megabyte).toFixed(1)} MB`;
}

async function runIdle(count: number): Promise<void> {
	const relay = await startRelayProgram();
	const empty = residentBytes(relay);
	const members = await openIdle(relay, count);
	await after(6_000);
	const full = residentBytes(relay);
	const each = ((full - empty) / members.length / 1024).toFixed(1);
	report(
		`idle: ${members.length} peers, ${megabytes(full)} resident (${megabytes(empty)} empty, ${each} KiB a peer)`,
	);
	for (const {socket} of members) socket.terminate();
	relay.child.kill();
}

async function runLoad(pairCount: number, seconds: number, rounds: number): Promise<void> {
	const [relay, bare] = [await startRelayProgram(), await startForwarder()];
	const ours: LoadPair[] = [];
	const theirs: LoadPair[] = [];
	for (let index = 0; index < pairCount; index++) {
		ours.push(await openLoadPair(relay.url, relay.url));
		theirs.push(await openBarePair(bare, index));
	}

	for (const {from} of [...ours, ...theirs]) from.paced = true;
	const rates: Array<readonly [number, number]> = [];
	for (let round = 0; round < rounds; round++) {
		const bareFirst = round % 2 === 0;
		const first = await measureRate(bareFirst ? theirs : ours, seconds);
		const second = await measureRate(bareFirst ? ours : theirs, seconds);
		const [own, other] = bareFirst ? [second, first] : [first, second];
		rates.push([own, other]);
		report(
			`round ${round + 1}: relay ${megabytes(own)}/s, bare forwarder ${megabytes(other)}/s, ratio ${(own / other).toFixed(2)}`,
		);
	}

	const own = median(rates.map(([rate]) => rate));
	const ratio = median(rates.map(([rate, other]) => rate / other));
	report(`throughput: ${pairCount} pairs, median ${megabytes(own)}/s, ratio ${ratio.toFixed(2)}`);
	const control = await measureControl(ours, own * 0.7, seconds);
	report(
		`control at 70 %: ${megabytes(control.reached)}/s, ${control.count} round trips, p50 ${control.p50.toFixed(1)} ms, p99 ${control.p99.toFixed(1)} ms`,
	);
	report(`relay under load: ${megabytes(residentBytes(relay))} resident`);
	for (const {from, to} of [...ours, ...theirs]) for (const end of [from, to]) end.socket.terminate();
	relay.child.kill();
	bare.child.kill();
}

const {values} = parseArgs({
	options: {
		forwarder: {type: 'boolean', default: false},
		idle: {type: 'string', default: '5000'},
		pairs: {type: 'string', default: '16'},
		seconds: {type: 'string', default: '3'},
		rounds: {type: 'string', default: '9'},
	},
});
if (values.forwarder) {
	runBareForwarder();
} else {
	report(`Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? ''}), clients on them too`);
	if (Number(values.idle) > 0) await runIdle(Number(values.idle));
	if (Number(values.pairs) > 0)
		await runLoad(Number(values.pairs), Number(values.seconds), Number(values.rounds));
}
