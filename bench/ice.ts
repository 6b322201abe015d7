/**
 * Goodput of our carrier over ICE beside that of a bare data channel, on this machine's loopback: in turns, in one run,
 * each end a process of its own, as in use (ours has a child for each). Run it as it is, or with a number of megabytes and
 * of rounds: `node dist/bench/ice.js 200 3`.
 */
import {type ChildProcess, fork} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {fileURLToPath} from 'node:url';
import * as dataChannels from 'node-datachannel';
import {IceHost} from '../source/transport/ice/ice-host.js';

export type IceBenchResult = {readonly bareMBs: number; readonly oursMBs: number; readonly ratio: number};

type Kind = 'bare' | 'ours';
type Order = {readonly kind: Kind; readonly isSender: boolean; readonly bytes: number};
type Said = {readonly sdp: string} | {readonly tookMs: number};

const megabyte = 1_000_000;
const messageBytes = 64 * 1024;
const loopback = '127.0.0.1';
/** A bare channel has no bound of its own: this much is given to it at once, and more when this much is left. */
const [highBytes, lowBytes] = [4 * 1024 * 1024, 1024 * 1024];

/** A bare pair hangs now and then: such a run is made again. */
const runMs = 30_000;

/** Medians over the rounds. */
export async function measureIce({
	megabytes = 200,
	rounds = 3,
	log = console.log,
} = {}): Promise<IceBenchResult> {
	const rates: Record<Kind, number[]> = {bare: [], ours: []};
	for (let round = 0; round < rounds; round++) {
		for (const kind of ['bare', 'ours'] as const) {
			const rate = await again(() => run(kind, megabytes * megabyte));
			rates[kind].push(rate);
			log(`ice ${kind}  ${rate.toFixed(1)} MB/s`);
		}
	}
	const [bareMBs, oursMBs] = [median(rates.bare), median(rates.ours)];
	const ratio = oursMBs / bareMBs;
	log(`ice       bare ${bareMBs.toFixed(1)} · ours ${oursMBs.toFixed(1)} MB/s · ratio ${ratio.toFixed(2)}`);
	return {bareMBs, oursMBs, ratio};
}

function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

async function again<T>(make: () => Promise<T>): Promise<T> {
	try {
		return await make();
	} catch {
		return make();
	}
}

/** Bytes a second, in megabytes, from the first byte that came to the last. */
async function run(kind: Kind, bytes: number): Promise<number> {
	const parts: ChildProcess[] = [];
	try {
		return await new Promise((resolve, reject) => {
			setTimeout(() => reject(new Error('the benchmark hangs')), runMs).unref();
			for (const isSender of [true, false]) {
				const part = fork(fileURLToPath(import.meta.url), ['--part'], {serialization: 'advanced'});
				part.on('message', (said: Said) => {
					if ('sdp' in said) parts[isSender ? 1 : 0]?.send(said);
					else resolve(bytes / megabyte / (said.tookMs / 1000));
				});
				part.on('exit', (code) => reject(new Error(`a part of the benchmark ended (${code ?? '?'})`)));
				parts.push(part);
			}
			for (const [index, part] of parts.entries())
				part.send({kind, isSender: index === 0, bytes} satisfies Order);
		});
	} finally {
		for (const part of parts) part.removeAllListeners('exit').kill();
	}
}

/** Counts what comes, and tells how long it took. */
function counter(bytes: number): (length: number) => void {
	let [received, startedAt] = [0, 0];
	return (length) => {
		if (received === 0) startedAt = performance.now();
		received += length;
		if (received >= bytes) process.send?.({tookMs: performance.now() - startedAt} satisfies Said);
	};
}

function tell(sdp: string): void {
	process.send?.({sdp} satisfies Said);
}

async function runOurs({isSender, bytes}: Order): Promise<void> {
	const host = new IceHost({bindAddress: loopback, log: console.error});
	const attempt = host.connect({
		initiator: isSender,
		generation: 1,
		servers: {stun: [], turn: []},
		loopback: true,
		described: tell,
	});
	process.on('message', (said: Said) => ('sdp' in said ? attempt.remote(said.sdp) : undefined));
	const carrier = await attempt.opened;
	if (!isSender) {
		const count = counter(bytes);
		carrier.on('data', (chunk: Buffer) => count(chunk.byteLength));
		return;
	}
	const message = randomBytes(messageBytes);
	const send = () => {
		for (; left > 0; left -= messageBytes) {
			if (carrier.write(message)) continue;
			left -= messageBytes;
			return;
		}
		carrier.off('drain', send);
	};
	let left = bytes;
	carrier.on('drain', send);
	send();
}

const kept: object[] = [];

function runBare({isSender, bytes}: Order): void {
	const connection = new dataChannels.PeerConnection('bench', {iceServers: [], bindAddress: loopback});
	kept.push(connection);
	connection.onLocalDescription((sdp, type) => {
		if (type === 'offer') return;
		tell(sdp);
	});
	connection.onGatheringStateChange((state) => {
		if (state === 'complete') tell(connection.localDescription()!.sdp);
	});
	process.on('message', (said: Said) => {
		if ('sdp' in said && !connection.remoteDescription())
			connection.setRemoteDescription(said.sdp, isSender ? 'answer' : 'offer');
	});
	if (!isSender) {
		const count = counter(bytes);
		connection.onDataChannel((channel) => {
			kept.push(channel);
			channel.onMessage((message) => count(typeof message === 'string' ? 0 : message.byteLength));
		});
		return;
	}
	const channel = connection.createDataChannel('bench');
	kept.push(channel);
	const message = randomBytes(messageBytes);
	let left = bytes;
	const send = () => {
		if (!channel.isOpen()) return;
		for (; left > 0 && channel.bufferedAmount() < highBytes; left -= messageBytes)
			channel.sendMessageBinary(message);
	};
	channel.setBufferedAmountLowThreshold(lowBytes);
	channel.onBufferedAmountLow(() => setImmediate(send));
	channel.onOpen(() => setImmediate(send));
	// The event for a drained queue does not always come.
	setInterval(send, 20);
}

if (process.argv.includes('--part')) {
	process.once('message', (order: Order) => {
		if (order.kind === 'bare') runBare(order);
		else void runOurs(order);
	});
} else if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const [megabytes, rounds] = process.argv.slice(2).map(Number);
	await measureIce({...(megabytes ? {megabytes} : {}), ...(rounds ? {rounds} : {})});
}
