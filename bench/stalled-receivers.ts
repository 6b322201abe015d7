/**
 * Receivers that stop reading while their senders go on, and pairs beside them that do neither: what the relay's memory
 * grows by, and what the others' throughput keeps. With one relay, or across two that are one through NATS.
 *
 * What a machine gives goes up and down within seconds by more than is asked about here. So other pairs, on relays where nobody
 * stands still, are measured in turn with these, second by second, and throughput is told as a share of theirs.
 */
import {encodeFrame} from '../source/protocol/frame.js';
import {maxDataBytes} from '../source/protocol/limits.js';
import {createPeer, createSession, RawClient} from '../test/relay/raw-client.js';
import {type LoadPair, measureRate, openLoadPair} from './load-pair.js';
import {type RelayProgram, residentBytes} from './relay-program.js';

export type StalledOptions = {
	/** The relay of the senders, and that of the receivers. */
	readonly relays: readonly [RelayProgram, RelayProgram];
	/** The same again, where nobody stands still. */
	readonly control: readonly [RelayProgram, RelayProgram];
	readonly receivers: number;
	/** What each of them grants before it stops. */
	readonly windowBytes: number;
	readonly seconds: number;
	/** Pairs whose throughput is measured. */
	readonly pairs: number;
};

export type StalledResult = {
	/** The largest growth of a relay, in bytes. */
	readonly grownBytes: number;
	/** Bytes a second of the pairs beside them, before any receiver stands still. */
	readonly rate: number;
	/** Their share of the control's throughput while receivers stand still, over that share before and after: 1 is no loss. */
	readonly kept: number;
	/** Of the receivers, how many the relay gave up. */
	readonly givenUp: number;
};

const sampleEveryMs = 100;
const turnMs = 1_000;

export async function runStalled(options: StalledOptions): Promise<StalledResult> {
	const {relays, control, receivers, seconds} = options;
	const [sending] = relays;
	const both = [await openPairs(relays, options.pairs), await openPairs(control, options.pairs)] as const;
	const stalled: Stalled[] = [];
	for (let index = 0; index < receivers; index++) stalled.push(await openStalled(options));

	// A relay gets faster for some seconds.
	await measureInTurn(both, 4 * turnMs);
	const rates = await measureInTurn(both, seconds * 500);
	const before = relays.map((relay) => residentBytes(relay));
	const highest = [...before];
	const sampler = setInterval(() => {
		for (const [index, relay] of relays.entries()) {
			highest[index] = Math.max(highest[index] ?? 0, residentBytes(relay));
		}
	}, sampleEveryMs);
	for (const one of stalled) one.stop();
	// What all of them send at once takes its share of the machine like any other traffic; then they stand still.
	while (stalled.some(({sender}) => sender.socket.bufferedAmount > 0)) await pause(sampleEveryMs);
	await untilQueuesRest(sending);
	const meanwhile = await measureInTurn(both, seconds * 1_000);
	clearInterval(sampler);
	const givenUp = stalled.filter(({sender}) => sender.messages.some(({type}) => type === 'peer_left')).length;
	for (const {sender, receiver} of stalled) for (const {socket} of [sender, receiver]) socket.terminate();
	await untilQueuesRest(sending);
	const after = await measureInTurn(both, seconds * 500);
	for (const {from, to} of both.flat()) for (const {socket} of [from, to]) socket.terminate();
	const grownBytes = Math.max(...highest.map((bytes, index) => bytes - (before[index] ?? 0)));
	const shareWithout = (rates[0] + after[0]) / (rates[1] + after[1]);
	return {grownBytes, rate: rates[0], kept: meanwhile[0] / meanwhile[1] / shareWithout, givenUp};
}

async function openPairs([sending, receiving]: StalledOptions['relays'], count: number): Promise<LoadPair[]> {
	const pairs: LoadPair[] = [];
	while (pairs.length < count) pairs.push(await openLoadPair(sending.url, receiving.url));
	return pairs;
}

/** Bytes a second of each of two groups, which take turns, over this time in all. */
async function measureInTurn(
	groups: readonly [LoadPair[], LoadPair[]],
	milliseconds: number,
): Promise<[number, number]> {
	const rates: [number, number] = [0, 0];
	const turns = Math.max(1, Math.round(milliseconds / turnMs / 2));
	for (let turn = 0; turn < turns; turn++) {
		rates[0] += (await measureRate(groups[0], turnMs)) / turns;
		rates[1] += (await measureRate(groups[1], turnMs)) / turns;
	}
	return rates;
}

/** Waits until what a relay holds for slow readers does not change any more. */
async function untilQueuesRest({port}: RelayProgram): Promise<void> {
	for (let before = -1, same = 0; same < 5; await pause(sampleEveryMs)) {
		const answer = await fetch(`http://127.0.0.1:${port}/status`);
		const {waiting_bytes: waiting} = (await answer.json()) as {waiting_bytes: number};
		same = waiting === before ? same + 1 : 0;
		before = waiting;
	}
}

async function pause(milliseconds: number): Promise<void> {
	await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

type Stalled = {readonly sender: RawClient; readonly receiver: RawClient; stop(): void};

/** A pair with a tunnel, whose receiver will stop reading and whose sender will send all that was granted. */
async function openStalled({relays, windowBytes}: StalledOptions): Promise<Stalled> {
	const [founder, member] = [createPeer(), createPeer()];
	const session = createSession(founder);
	const {sessionId} = session;
	const sender = await RawClient.enter(relays[0].url, 'create_session', founder, session);
	const receiver = await RawClient.enter(relays[1].url, 'join_session', member, session);
	await sender.message('peer_joined');
	const ask = {session_id: sessionId, generation: 1, window_bytes: windowBytes};
	const [from, to] = [founder.peerId, member.peerId];
	sender.send({type: 'request_binary_proxy', peer_id: from, target_peer_id: to, ...ask});
	await receiver.message('request_binary_proxy');
	receiver.send({type: 'binary_proxy_accepted', peer_id: to, target_peer_id: from, ...ask});
	await sender.message('binary_proxy_accepted');
	return {
		sender,
		receiver,
		stop() {
			receiver.socket.pause();
			const data = Buffer.alloc(maxDataBytes, 1);
			for (let counter = 0; counter < windowBytes / maxDataBytes; counter++) {
				const sequence = {generation: 1, counter};
				sender.socket.send(encodeFrame({sessionId, peerId: to, sequence, data}));
			}
		},
	};
}
