/**
 * The sockets of mDNS, in the form in which the library takes one socket. Some hear: bound to the group, so that they take
 * nothing meant for other programs on port 5353. One per interface and family speaks: bound to the interface's address,
 * so that no default route is needed. What comes is hostile until it has passed here.
 */
import {createSocket, type RemoteInfo, type Socket, type SocketType} from 'node:dgram';
import {EventEmitter} from 'node:events';
import process from 'node:process';
import {lanWords} from '../path-words.js';
import {PacketGate, TokenAllowance} from './lan-gate.js';
import {type LanInterface} from './lan-interfaces.js';

const groupV4 = '224.0.0.251';
const groupV6 = 'ff02::fb';
/** Where no socket can be bound to a group. */
const isWindows = process.platform === 'win32';
/** As mDNS asks, so that what has crossed a router can be told. */
const hops = 255;
/** We answer to queries, and anybody can query. */
const sendsPerSecond = 10;
const sendsAtOnce = 30;

type Speaker = {readonly socket: Socket; readonly group: string};

export class LanSockets extends EventEmitter {
	readonly #interfaces: readonly LanInterface[];
	readonly #port: number;
	readonly #gate: PacketGate;
	readonly #sends = new TokenAllowance(sendsPerSecond, sendsAtOnce);
	readonly #hearing: Socket[] = [];
	readonly #speaking: Speaker[] = [];
	readonly #faults: string[] = [];
	#isClosed = false;

	constructor(options: {interfaces: readonly LanInterface[]; port: number; token: string}) {
		super();
		this.#interfaces = options.interfaces;
		this.#port = options.port;
		this.#gate = new PacketGate(options.token);
	}

	/** Opens what can be opened; the rest is in `faults`. Never rejects. */
	async open(): Promise<void> {
		const withV4 = this.#interfaces.filter(({v4}) => v4.length > 0);
		if (withV4.length > 0) await this.#hearV4(withV4);
		for (const {v4, v6, zone} of this.#interfaces) {
			if (v4[0] !== undefined) await this.#speak('udp4', v4[0], v4[0], groupV4);
			if (v6[0] === undefined) continue;
			await this.#hearV6({zone});
			await this.#speak('udp6', v6[0], `::%${zone}`, `${groupV6}%${zone}`);
		}
	}

	/** What could not be opened, in words. */
	get faults(): readonly string[] {
		return this.#faults;
	}

	/** Nothing can be heard or nothing said. */
	get isDeaf(): boolean {
		return this.#hearing.length === 0 || this.#speaking.length === 0;
	}

	/** As of a dgram socket: the same bytes to every interface; calls back when the system has taken them. */
	send(
		message: Buffer,
		offset: number,
		length: number,
		_port: number,
		_address: string,
		sent: () => void,
	): void {
		const bytes = message.subarray(offset, offset + length);
		if (this.#isClosed || this.#speaking.length === 0 || !this.#sends.take()) return void setImmediate(sent);
		let open = this.#speaking.length;
		for (const {socket, group} of this.#speaking) {
			// A fault here is that of an interface which is going; the next look at the interfaces sees it.
			socket.send(bytes, this.#port, group, () => {
				open--;
				if (open === 0) sent();
			});
		}
	}

	/** As of a dgram socket. */
	close(closed?: () => void): void {
		const sockets = this.#isClosed ? [] : [...this.#hearing, ...this.#speaking.map(({socket}) => socket)];
		this.#isClosed = true;
		for (const socket of sockets) socket.close();
		if (closed) setImmediate(closed);
	}

	/** One ear for all interfaces: the joining goes by the interface's address. */
	async #hearV4(interfaces: readonly LanInterface[]): Promise<void> {
		const ear = await this.#bind('udp4', isWindows ? '0.0.0.0' : groupV4, lanWords.listening);
		if (!ear) return;
		for (const {v4} of interfaces) this.#try(() => ear.addMembership(groupV4, v4[0]));
		this.#listen(ear);
	}

	/** An ear for each interface: this group means something within one only. */
	async #hearV6({zone}: Pick<LanInterface, 'zone'>): Promise<void> {
		const ear = await this.#bind('udp6', isWindows ? '::' : `${groupV6}%${zone}`, lanWords.listeningOn(zone));
		if (!ear) return;
		this.#try(() => ear.addMembership(groupV6, `::%${zone}`));
		this.#listen(ear);
	}

	#listen(ear: Socket): void {
		ear.on('message', (bytes, from) => this.#hear(bytes, from));
		this.#hearing.push(ear);
	}

	async #speak(type: SocketType, own: string, outgoing: string, group: string): Promise<void> {
		const mouth = await this.#bind(type, own, own);
		if (!mouth) return;
		const isReady = this.#try(() => {
			mouth.setMulticastTTL(hops);
			mouth.setMulticastLoopback(true);
			mouth.setMulticastInterface(outgoing);
		});
		if (isReady) this.#speaking.push({socket: mouth, group});
		else mouth.close();
	}

	async #bind(type: SocketType, address: string, what: string): Promise<Socket | undefined> {
		const socket = createSocket({type, reuseAddr: true, ipv6Only: type === 'udp6'});
		socket.unref();
		return new Promise((resolve) => {
			socket.once('error', (error) => {
				this.#note(`${what}: ${error.message}`);
				// What fails later is an interface that went; its socket is closed with the others.
				socket.on('error', () => {});
				socket.close();
				resolve(undefined);
			});
			socket.bind({port: this.#port, address, exclusive: true}, () => {
				socket.removeAllListeners('error');
				socket.on('error', () => {});
				resolve(socket);
			});
		});
	}

	#hear(bytes: Buffer, from: RemoteInfo): void {
		if (this.#isClosed || !this.#gate.passes(bytes, from.address)) return;
		try {
			this.emit('message', bytes, from);
		} catch {
			// A library's fault over a stranger's packet is worth nothing more than the packet.
		}
	}

	#try(step: () => void): boolean {
		try {
			step();
			return true;
		} catch (error) {
			this.#note(error instanceof Error ? error.message : 'failed');
			return false;
		}
	}

	#note(fault: string): void {
		this.#faults.push(fault);
	}
}
