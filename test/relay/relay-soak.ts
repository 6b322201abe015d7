/**
 * A relay for a long time, with sessions that come and go in good and bad ways: what does its memory do, and is anything
 * left over at the end? `node dist/test/relay/relay-soak.js SECONDS SEED`; exit code 0 only if all is well.
 */
import {fork} from 'node:child_process';
import {once} from 'node:events';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {startRelay} from '../../relay/start-relay.js';
import {encodeFrame} from '../../source/protocol/frame.js';
import {createPeer, createSession, handshake, RawClient} from './raw-client.js';

/** What the relay's process says of itself. */
type Sample = {
	readonly resident: number;
	readonly resources: number;
	readonly sockets: number;
	readonly sessions: number;
};

const workers = 12;
const sampleEveryMs = 5_000;
/** Of the time: until then memory may grow. */
const warmUpShare = 1 / 3;
const maxSlopeBytes = 1_000_000;
const slopeMs = 600_000;

/** The relay, in a process of its own that answers each message with a sample. */
async function runRelay(): Promise<void> {
	const relay = await startRelay({port: 0, host: '127.0.0.1', maxBytesPerSecond: 5_000_000});
	process.on('message', () => {
		globalThis.gc?.();
		const {sockets, sessions} = relay.counters();
		const resources = process.getActiveResourcesInfo().length;
		process.send?.({resident: process.memoryUsage.rss(), resources, sockets, sessions});
	});
	process.send?.({url: relay.url});
}

function randomFrom(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state / 2 ** 32;
	};
}

/** One session's life: two or three come, something is sent, and they go in one of several ways. */
async function liveOnce(url: string, random: () => number): Promise<void> {
	const [founder, guest] = [createPeer(), createPeer()];
	const session = createSession(founder);
	const host = await RawClient.enter(url, 'create_session', founder, session);
	const other = await RawClient.enter(url, 'join_session', guest, session);
	const ids = {session_id: session.sessionId, generation: 1};
	const ask = {...ids, window_bytes: 1_000_000};
	host.send({type: 'request_binary_proxy', ...ask, peer_id: founder.peerId, target_peer_id: guest.peerId});
	await other.message('request_binary_proxy');
	other.send({type: 'binary_proxy_accepted', ...ask, peer_id: guest.peerId, target_peer_id: founder.peerId});
	await host.message('binary_proxy_accepted');
	const count = Math.floor(random() * 15);
	for (let counter = 0; counter < count; counter++) {
		const sequence = {generation: 1, counter};
		host.socket.send(encodeFrame({...session, peerId: guest.peerId, sequence, data: new Uint8Array(60_000)}));
	}

	if (count > 0) await other.frame();
	const stranger = new RawClient(url);
	const {nonce} = await stranger.message('welcome');
	if (random() < 0.3) {
		stranger.send(handshake('join_session', guest, session, nonce));
		await other.message('replaced');
	}

	await delay(random() * 500);
	if (random() < 0.5)
		host.send({type: 'leave_session', session_id: session.sessionId, peer_id: founder.peerId});
	if (random() < 0.3) other.socket.pause();
	for (const client of [stranger, other, host]) client.socket.terminate();
}

async function soak(seconds: number, seed: number): Promise<boolean> {
	const child = fork(fileURLToPath(import.meta.url), ['--relay'], {execArgv: ['--expose-gc']});
	const [{url}] = (await once(child, 'message')) as [{url: string}];
	const sample = async (): Promise<Sample> => {
		child.send('sample');
		return ((await once(child, 'message')) as [Sample])[0];
	};

	const random = randomFrom(seed);
	const first = await sample();
	const until = performance.now() + seconds * 1000;
	let lives = 0;
	const work = async () => {
		while (performance.now() < until) {
			await liveOnce(url, random);
			lives++;
		}
	};

	const working = Promise.all(Array.from({length: workers}, work));
	const points: Array<readonly [at: number, resident: number]> = [];
	const startedAt = performance.now();
	while (performance.now() < until) {
		await delay(sampleEveryMs);
		const {resident} = await sample();
		points.push([performance.now() - startedAt, resident]);
	}

	await working;
	await delay(20_000);
	const last = await sample();
	child.kill();
	const warm = points.filter(([at]) => at >= seconds * 1000 * warmUpShare);
	const slope = slopeOf(warm) * slopeMs;
	process.stdout.write(
		`relay soak, seed ${seed}: ${lives} sessions in ${seconds} s; resident ${mb(first.resident)} at first, ${mb(last.resident)} at last; ` +
			`slope ${mb(slope)} per 10 minutes after warm-up; left over: ${last.sockets} sockets, ${last.sessions} sessions, ` +
			`${last.resources - first.resources} handles and timers\n`,
	);
	return (
		slope <= maxSlopeBytes && last.sockets === 0 && last.sessions === 0 && last.resources <= first.resources
	);
}

/** Least squares: bytes a ms. */
function slopeOf(points: ReadonlyArray<readonly [number, number]>): number {
	const mean = (at: 0 | 1) => points.reduce((sum, point) => sum + point[at], 0) / points.length;
	const [x, y] = [mean(0), mean(1)];
	const over = points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0);
	return over / points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
}

function mb(bytes: number): string {
	return `${(bytes / 1e6).toFixed(1)} MB`;
}

const [first = '1800', second = '1'] = process.argv.slice(2);
if (first === '--relay') await runRelay();
else process.exitCode = (await soak(Number(first), Number(second))) ? 0 : 1;
