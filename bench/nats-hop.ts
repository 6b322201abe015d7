/**
 * What the hop through NATS costs: pairs on one relay that stands alone, on one of a cluster, and on two relays of it, in
 * turns in one run. `npm run build && node dist/bench/nats-hop.js [--pairs 8] [--seconds 4] [--rounds 3]`
 *
 * Rates and waits belong to the machine, which all of it shares; processor time for each MB says more.
 */
import {readFileSync} from 'node:fs';
import {cpus} from 'node:os';
import {parseArgs} from 'node:util';
import {NatsServer, whyNoNats} from '../test/helpers/nats-server.js';
import {type LoadPair, measureRate, openLoadPair} from './load-pair.js';
import {killProgram, startRelayProgram} from './relay-program.js';

const warmUpMs = 500;
const roundTrips = 300;
/** Of the processor time in /proc, on every Linux that Node runs on. */
const ticksPerSecond = 100;

type Way = {
	readonly name: string;
	readonly pairs: readonly LoadPair[];
	/** What carries it. */
	readonly pids: readonly number[];
};

type Figures = {
	/** Bytes a second. */
	readonly rate: number;
	/** Processor time of relays and NATS, in ms for each MB. */
	readonly cpuMsPerMb: number;
	/** From peer to peer and back, with nothing else under way: median and 99th percentile, in ms. */
	readonly p50: number;
	readonly p99: number;
};

async function measure({pairs, pids}: Way, seconds: number): Promise<Figures> {
	const times = await measureRoundTrips(pairs[0]!);
	await measureRate(pairs, warmUpMs);
	const [before, startedAt] = [cpuSeconds(pids), performance.now()];
	const rate = await measureRate(pairs, seconds * 1000);
	const megabytes = (rate * (performance.now() - startedAt)) / 1e9;
	const cpuMsPerMb = ((cpuSeconds(pids) - before) * 1000) / megabytes;
	// What is still under way belongs to nobody else's turn.
	await new Promise((resolve) => setTimeout(resolve, warmUpMs));
	return {rate, cpuMsPerMb, p50: quantile(times, 0.5), p99: quantile(times, 0.99)};
}

/** One message at a time from one peer to the other and back. */
async function measureRoundTrips({from, to}: LoadPair): Promise<readonly number[]> {
	const times: number[] = [];
	for (let sequence = 0; sequence < roundTrips; sequence++) {
		const message = {type: 'peer_message', channel: '1', sequence, body: 'eA=='};
		const startedAt = performance.now();
		const [there, back] = [to.next('peer_message'), from.next('peer_message')];
		from.send({...message, target_peer_id: to.peerId});
		await there;
		to.send({...message, target_peer_id: from.peerId});
		await back;
		times.push(performance.now() - startedAt);
	}

	return times.sort((one, other) => one - other);
}

function cpuSeconds(pids: readonly number[]): number {
	return pids.reduce((sum, pid) => {
		// Behind the name, which may hold spaces: user and system time are the 12th and 13th field.
		const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
		return sum + (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
	}, 0);
}

function quantile(sorted: readonly number[], share: number): number {
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

function median(values: readonly number[]): number {
	return quantile(
		[...values].sort((one, other) => one - other),
		0.5,
	);
}

function row(name: string, all: readonly Figures[]): string {
	const of = (read: (figures: Figures) => number, digits: number) => median(all.map(read)).toFixed(digits);
	return [
		name.padEnd(34),
		`${of(({rate}) => rate / 1e6, 0)} MB/s`.padStart(10),
		`${of(({cpuMsPerMb}) => cpuMsPerMb, 2)} ms of processor a MB`.padStart(28),
		`there and back ${of(({p50}) => p50, 2)} ms, p99 ${of(({p99}) => p99, 2)} ms`,
	].join('  ');
}

async function openWay(name: string, count: number, relays: [Relay, Relay], more: number[]): Promise<Way> {
	const pairs: LoadPair[] = [];
	for (let index = 0; index < count; index++) pairs.push(await openLoadPair(relays[0].url, relays[1].url));
	const pids = [...new Set(relays.map(({child}) => child.pid ?? 0)), ...more];
	return {name, pairs, pids};
}

type Relay = Awaited<ReturnType<typeof startRelayProgram>>;

async function run({pairs, seconds, rounds}: Record<'pairs' | 'seconds' | 'rounds', number>): Promise<void> {
	const nats = await NatsServer.open();
	const relays: Relay[] = [];
	try {
		for (const flags of [[], ['--cluster', nats.url], ['--cluster', nats.url]]) {
			relays.push(await startRelayProgram(flags));
		}

		const [alone, one, other] = relays as [Relay, Relay, Relay];
		const natsPid = [nats.pid ?? 0];
		const ways = [
			await openWay('one relay, alone', pairs, [alone, alone], []),
			await openWay('one relay of a cluster', pairs, [one, one], natsPid),
			await openWay('two relays of it, through NATS', pairs, [one, other], natsPid),
		];
		const figures = ways.map((): Figures[] => []);
		for (let round = 0; round < rounds; round++) {
			for (const index of ways.keys()) {
				// Each begins a round in turn.
				const at = (index + round) % ways.length;
				figures[at]!.push(await measure(ways[at]!, seconds));
			}
		}

		for (const [index, {name}] of ways.entries()) process.stdout.write(`${row(name, figures[index]!)}\n`);
		if (nats.slowConsumers.length > 0)
			process.stdout.write(`cut off by NATS: ${nats.slowConsumers.length}\n`);
		for (const {from, to} of ways.flatMap((way) => way.pairs))
			for (const end of [from, to]) end.socket.terminate();
	} finally {
		for (const relay of relays) await killProgram(relay);
		await nats.kill();
	}
}

const number = (otherwise: string) => ({type: 'string', default: otherwise}) as const;
const {values} = parseArgs({options: {pairs: number('8'), seconds: number('4'), rounds: number('3')}});
process.stdout.write(
	`Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? ''}), clients on them too\n`,
);
if (whyNoNats === undefined) {
	await run({
		pairs: Number(values.pairs),
		seconds: Number(values.seconds),
		rounds: Number(values.rounds),
	});
} else {
	process.stderr.write(`${whyNoNats}\n`);
	process.exitCode = 1;
}
