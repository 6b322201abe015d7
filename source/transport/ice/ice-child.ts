/**
 * The child program: the one file that knows the library of data channels. It lives as long as its pipe to the parent, and
 * never touches a terminal. What the library is known to do, and what is done about it:
 *
 * - An exception in one of its callbacks aborts the process: callbacks only queue, and what is queued runs later, caught.
 * - A connection or channel without a reference is collected and closed: each one is kept until some time after its end.
 * - Closing may hang, and `cleanup` too: nobody here waits for either, the parent kills what does not end.
 */
import process from 'node:process';
import type * as DataChannels from 'node-datachannel';
import {ChildLink, type LinkOrder} from './child-link.js';
import {ChildPipe} from './child-pipe.js';
import {type NativeEvents, type NativeOptions, type NativePeer} from './native-peer.js';
import {decodeCount, type FrameType} from './pipe-frame.js';

type Library = typeof DataChannels;

/** How long connections may say good-bye when the program ends. */
const farewellMs = 800;
/** A closed connection's memory is used by the library's threads for a moment. */
const keepMs = 5000;
/** Words for a person's screen. */
const maxWhyLength = 300;

const library = await load();
const links = new Map<number, ChildLink>();
const kept = new Set<object>();
const turns: (() => void)[] = [];
let isEnding = false;

/** Exits where the library has nothing for this machine, and says why. */
async function load(): Promise<Library> {
	try {
		return await import('node-datachannel');
	} catch (error) {
		const pipe = new ChildPipe({take: () => undefined, ended: () => process.exit(0)});
		pipe.say('unavailable', 0, error instanceof Error ? error.message.slice(0, maxWhyLength) : String(error));
		await pipe.flush();
		return process.exit(0);
	}
}

/** Leaves the library's call first; keeps the order of all its calls. */
function later(run: () => void): void {
	if (turns.push(run) === 1) setImmediate(runTurns);
}

function runTurns(): void {
	for (const run of turns.splice(0)) {
		try {
			run();
		} catch (error) {
			leave(error);
		}
	}
}

/** A fault of our own: the parent starts another child. */
function leave(error: unknown): void {
	process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
	process.exit(1);
}

function openPeer({servers, bindAddress}: NativeOptions, events: NativeEvents): NativePeer {
	const connection = new library.PeerConnection('pulsync', {
		iceServers: [...servers],
		disableAutoNegotiation: true,
		...(bindAddress === undefined ? {} : {bindAddress}),
	});
	// Both ends make it under one number, so that none waits for the other end's.
	const channel = connection.createDataChannel('pulsync', {negotiated: true, id: 0});
	kept.add(connection).add(channel);
	let isClosed = false;
	const unlessClosed = (run: () => void) => later(() => (isClosed ? undefined : run()));
	connection.onLocalCandidate(() => unlessClosed(() => events.gathered(false)));
	connection.onGatheringStateChange((state) => {
		if (state === 'complete') unlessClosed(() => events.gathered(true));
	});
	connection.onStateChange((state) => unlessClosed(() => events.state(state)));
	channel.onOpen(() => unlessClosed(() => events.opened()));
	channel.onClosed(() => unlessClosed(() => events.closed()));
	channel.onError(() => unlessClosed(() => events.closed()));
	channel.onMessage((message) =>
		unlessClosed(() => {
			if (typeof message === 'string') events.text(message);
			else events.data(Buffer.isBuffer(message) ? message : Buffer.from(message));
		}),
	);
	return {
		offer: () => connection.setLocalDescription('offer'),
		answer(offer) {
			connection.setRemoteDescription(offer, 'offer');
			connection.setLocalDescription('answer');
		},
		accept: (answer) => connection.setRemoteDescription(answer, 'answer'),
		addCandidate: (candidate) => connection.addRemoteCandidate(candidate, '0'),
		description: () => connection.localDescription()?.sdp,
		pair: () => connection.getSelectedCandidatePair() ?? undefined,
		send: (bytes) => void channel.sendMessageBinary(bytes),
		sendText: (text) => void channel.sendMessage(text),
		queuedBytes: () => channel.bufferedAmount(),
		close() {
			if (isClosed) return;
			isClosed = true;
			try {
				channel.close();
				connection.close();
			} catch {
				// It was closed already.
			}
			setTimeout(() => {
				kept.delete(connection);
				kept.delete(channel);
			}, keepMs).unref();
		},
	};
}

function open(id: number, order: LinkOrder): void {
	const link = new ChildLink(order, {
		openPeer,
		say: (type, payload) => pipe.say(type, id, payload),
		gone() {
			links.delete(id);
			if (isEnding && links.size === 0) end();
		},
	});
	links.set(id, link);
	link.start();
}

function end(): void {
	void pipe.flush().then(() => process.exit(0));
}

function farewell(code: string): void {
	if (isEnding) return;
	isEnding = true;
	for (const link of [...links.values()]) link.close(code);
	if (links.size === 0) end();
	else setTimeout(() => process.exit(0), farewellMs);
}

function take(type: FrameType, id: number, payload: Buffer): void {
	const link = links.get(id);
	switch (type) {
		case 'open':
			if (!isEnding) open(id, JSON.parse(payload.toString()) as LinkOrder);
			break;
		case 'remote':
			link?.remote(payload.toString());
			break;
		case 'data':
			link?.data(payload);
			break;
		case 'grant':
			link?.grant(decodeCount(payload) ?? 0);
			break;
		case 'close':
			link?.close(payload.toString());
			break;
		case 'ping':
			pipe.say('pong');
			break;
		case 'end':
			farewell('closed');
			break;
		default:
			throw new Error(`the parent does not say ${type}`);
	}
}

// ^C and a closed terminal reach the whole group of processes; the parent ends this one in good order.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('SIGTERM', () => farewell('carrier_lost'));
process.on('uncaughtException', leave);

const pipe = new ChildPipe({take, ended: () => farewell('carrier_lost')});
pipe.say('ready');
