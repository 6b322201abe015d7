/** What comes over carriers and the local network before anybody is trusted: early frames, sealed objects, packets of mDNS. */
import {EventEmitter} from 'node:events';
import {Duplex, PassThrough} from 'node:stream';
import test, {type ExecutionContext} from 'ava';
import {Bonjour, type Service} from 'bonjour-service';
import {Failure} from '../../source/protocol/failure.js';
import {decodeControl, encodeControlFrame} from '../../source/protocol/peer-frames.js';
import {maxEarlyFrameBytes, type PeerMessage} from '../../source/protocol/peer-messages.js';
import {type WireGitObject} from '../../source/protocol/relay-fields.js';
import {EarlyFrames} from '../../source/transport/early-frames.js';
import {type Announcement, LanSeal} from '../../source/transport/lan/lan-announcement.js';
import {PacketGate} from '../../source/transport/lan/lan-gate.js';
import {type ChunkFacts, ObjectSeal} from '../../source/transport/object-seal.js';
import {type TlsRole} from '../../source/transport/secure-channel.js';
import {helloOf} from '../transport/support/peers.js';
import {fuzz, must} from './mutate.js';

/** What the few frames before a channel is open have to be read as; ends with why no more can be read. */
function earlyFramesOf(bytes: Buffer): readonly (PeerMessage['type'] | undefined | 'bad_frame')[] {
	const found: (PeerMessage['type'] | undefined | 'bad_frame')[] = [];
	for (let at = 0; at + 5 <= bytes.length;) {
		const length = bytes.readUInt32BE(at);
		if (length < 1 || length + 4 > maxEarlyFrameBytes) return [...found, 'bad_frame'];
		const end = at + 4 + length;
		if (end > bytes.length) break;
		const parsed = bytes[at + 4] === 1 ? decodeControl(bytes.subarray(at + 5, end)) : undefined;
		found.push(parsed?.ok ? parsed.message.type : undefined);
		at = end;
	}
	return found;
}

test.serial('frames before a channel is open', async (t) => {
	const frames = [helloOf('Ada'), {type: 'use', generation: 7} as const].map((message) =>
		Buffer.from(encodeControlFrame(message, maxEarlyFrameBytes)!),
	);
	const {signal} = new AbortController();
	const readAll = async (bytes: Buffer, cutAt: number) => {
		const stream = new PassThrough();
		const early = new EarlyFrames(stream, new PassThrough());
		for (const piece of [bytes.subarray(0, cutAt), bytes.subarray(cutAt)]) stream.write(piece);
		stream.end();
		const found: unknown[] = [];
		try {
			for (;;) found.push((await early.read(signal))?.type);
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			if (error.code === 'bad_frame') found.push(error.code);
			else must(['closed_by_peer', 'carrier_lost'].includes(error.code), error.code);
		}
		return found;
	};
	t.deepEqual(await readAll(Buffer.concat(frames), 9), ['hello', 'use']);
	await fuzz(
		t,
		[...frames, Buffer.concat([...frames, ...frames])],
		async (input, random) => {
			const found = await readAll(input, random.below(input.length + 1));
			must(JSON.stringify(found) === JSON.stringify(earlyFramesOf(input)), 'frame by frame');
		},
		{oneIn: 10},
	);
});

const facts: ChunkFacts = {
	sessionId: 's',
	fromPeerId: 'a',
	toPeerId: 'b',
	generation: 1,
	requestId: 2,
	chunkIndex: 3,
	totalChunks: 0,
};

/** What a JSON object begins with. */
const openingBrace = 0x7b;

function createSeal(role: TlsRole): ObjectSeal {
	return new ObjectSeal({role, stream: new Duplex(), exportKey: (_label, length) => Buffer.alloc(length, 1)});
}

test.serial('sealed objects that the relay changed', async (t) => {
	const bytes = Buffer.alloc(900, 'some text ');
	const object = {oid: 'ab'.repeat(20), type: 'blob', size: bytes.length, bytes} as const;
	const sealed = createSeal('client').seal(facts, [object])[0]!;
	const original = Buffer.from(sealed.data, 'base64');
	const {data: _data, ...visible} = sealed;
	await fuzz(t, [original, JSON.stringify(visible)], (input, random) => {
		let changed: WireGitObject = {...sealed, data: input.toString('base64')};
		if (input[0] === openingBrace && random.below(2) === 0) {
			try {
				changed = {...(JSON.parse(input.toString()) as WireGitObject), data: sealed.data};
			} catch {
				return;
			}
			// The schema lets through nothing else.
			if (!Array.isArray(changed.encoding)) return;
		}
		const opened = createSeal('server').open(facts, [changed]);
		if (!opened) return;
		must(Buffer.from(opened[0]!.bytes).equals(bytes), 'what was sealed');
		must(changed.data === sealed.data, 'no changed bytes');
		for (const [name, value] of Object.entries(visible)) {
			must(String(Reflect.get(changed, name)) === String(value), 'no changed field');
		}
	});
	t.truthy(createSeal('server').open(facts, [sealed]));
});

/** One end of mDNS as the program uses it, with packets that come and go by hand. */
class HandSocket extends EventEmitter {
	readonly sent: Buffer[] = [];

	send(bytes: Buffer, offset: number, length: number, _port: number, _address: string, done: () => void) {
		this.sent.push(Buffer.from(bytes.subarray(offset, offset + length)));
		done();
	}

	close(done?: () => void) {
		done?.();
	}
}

function openMdns(t: ExecutionContext) {
	const socket = new HandSocket();
	const own = {port: 5353, socket, bind: false, multicast: false};
	const bonjour = new Bonjour(own, () => {});
	t.teardown(() => bonjour.destroy());
	return {socket, bonjour};
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test.serial('packets of the local network, with the library that takes them apart', async (t) => {
	const seal = new LanSeal(new Uint8Array(32).fill(7));
	const announcement: Announcement = {
		peerId: 'a'.repeat(26),
		instance: 'i',
		port: 4000,
		at: 5,
		addresses: ['192.0.2.1', '2001:db8::1'],
	};
	const service = {type: 'pulsync', protocol: 'tcp', name: 'one', port: 4000, host: 'one.local'} as const;
	const speaker = openMdns(t);
	speaker.bonjour.publish({...service, txt: seal.write(announcement), probe: false});
	const {socket, bonjour} = openMdns(t);
	const read: (Announcement | undefined)[] = [];
	const find = () => {
		const browser = bonjour.find({type: 'pulsync', protocol: 'tcp'});
		const seen = ({txt, port}: Service) => {
			read.push(seal.read(txt, port));
		};
		return browser.on('up', seen).on('txt-update', seen).on('srv-update', seen);
	};
	let browser = find();
	await turn();
	const packets = [...speaker.socket.sent, ...socket.sent];
	t.true(packets.length >= 2);
	const hear = (bytes: Buffer) => {
		if (!new PacketGate(seal.token, () => 0).passes(bytes, '192.0.2.1')) return;
		try {
			socket.emit('message', bytes, {address: '192.0.2.1', port: 5353});
		} catch {
			// LanSockets drops what the library fails at.
		}
	};
	for (const bytes of packets) hear(bytes);
	t.deepEqual(read, [announcement]);
	let heard = 0;
	await fuzz(
		t,
		packets,
		async (input) => {
			read.length = 0;
			hear(input);
			for (const found of read) {
				must(!found || JSON.stringify(found) === JSON.stringify(announcement), 'only what was sealed');
			}
			if (++heard % 50 > 0) return;
			// The program does so, too, when there are many.
			browser.stop();
			browser = find();
			socket.sent.length = 0;
			await turn();
		},
		{oneIn: 4},
	);
});
