/**
 * Receivers that stop reading while their senders go on, and pairs beside them that do neither: what the relay's memory
 * grows by, and what the others' throughput keeps. With one relay, or across two that are one through NATS.
 */
import {encodeFrame} from '../source/protocol/frame.js';
import {maxDataBytes} from '../source/protocol/limits.js';
import {createPeer, createSession, RawClient} from '../test/relay/raw-client.js';
import {type LoadPair, measureRate, openLoadPair} from './load-pair.js';
import {type RelayProgram, residentBytes} from './relay-program.js';

export type StalledOptions = {
	/** The relay of the senders, and that of the receivers. */
	readonly relays: readonly [RelayProgram, RelayProgram];
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
	/** Bytes a second of the others while no receiver stands still, the mean of before and after, and meanwhile. */
	readonly rateWithout: number;
	readonly rateMeanwhile: number;
	/** Of the receivers, how many the relay gave up. */
	readonly givenUp: number;
};

const sampleEveryMs = 100;

export async function runStalled(options: StalledOptions): Promise<StalledResult> {
	const {relays, receivers, pairs: pairCount, seconds} = options;
	const [sending, receiving] = relays;
	const pairs: LoadPair[] = [];
	for (let index = 0; index < pairCount; index++) pairs.push(await openLoadPair(sending.url, receiving.url));
	const stalled: Stalled[] = [];
	for (let index = 0; index < receivers; index++) stalled.push(await openStalled(options));

	// A relay gets faster for some seconds, and what a machine gives goes up and down: so before and after.
	const halfMs = Math.max(1_000, seconds * 500);
	await measureRate(pairs, halfMs / 2);
	const rateBefore = await measureRate(pairs, halfMs);
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
	const rateMeanwhile = await measureRate(pairs, seconds * 1_000);
	clearInterval(sampler);
	const givenUp = stalled.filter(({sender}) => sender.messages.some(({type}) => type === 'peer_left')).length;
	for (const {sender, receiver} of stalled) for (const {socket} of [sender, receiver]) socket.terminate();
	await untilQueuesRest(sending);
	const rateAfter = await measureRate(pairs, halfMs);
	for (const {from, to} of pairs) for (const {socket} of [from, to]) socket.terminate();
	const grownBytes = Math.max(...highest.map((bytes, index) => bytes - (before[index] ?? 0)));
	return {grownBytes, rateWithout: (rateBefore + rateAfter) / 2, rateMeanwhile, givenUp};
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
