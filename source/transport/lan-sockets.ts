/**
 * The sockets of mDNS, in the form in which the library takes one socket. One per family hears on all interfaces: bound to the
 * group, so that it takes nothing meant for other programs on port 5353. One per interface and family speaks: bound
 * to the interface's address, so that no default route is needed. What comes is hostile until it has passed here.
 */
import {createSocket, type RemoteInfo, type Socket} from 'node:dgram';
import {EventEmitter} from 'node:events';
import process from 'node:process';
import {PacketGate, TokenAllowance} from './lan-gate.js';
import {type LanInterface} from './lan-interfaces.js';

type Family = 'v4' | 'v6';

const groups = {v4: '224.0.0.251', v6: 'ff02::fb'} as const;
const everywhere = {v4: '0.0.0.0', v6: '::'} as const;
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
		for (const family of ['v4', 'v6'] as const) {
			const reached = this.#interfaces.filter((one) => one[family].length > 0);
			if (reached.length > 0) await this.#openFamily(family, reached);
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

	async #openFamily(family: Family, interfaces: readonly LanInterface[]): Promise<void> {
		// Windows binds no socket to a group.
		const place = process.platform === 'win32' ? everywhere[family] : groups[family];
		const ear = await this.#bind(family, place, 'listening');
		if (ear) {
			for (const {zone, v4} of interfaces) {
				this.#try(() => ear.addMembership(groups[family], family === 'v4' ? v4[0] : `::%${zone}`));
			}
			ear.on('message', (bytes, from) => this.#hear(bytes, from));
			this.#hearing.push(ear);
		}
		for (const one of interfaces) {
			const mouth = await this.#bind(family, one[family][0] ?? '', one.name);
			if (!mouth) continue;
			const isReady = this.#try(() => {
				mouth.setMulticastTTL(hops);
				mouth.setMulticastLoopback(true);
				mouth.setMulticastInterface(family === 'v4' ? (one.v4[0] ?? '') : `::%${one.zone}`);
			});
			if (!isReady) {
				mouth.close();
				continue;
			}
			this.#speaking.push({socket: mouth, group: family === 'v4' ? groups.v4 : `${groups.v6}%${one.zone}`});
		}
	}

	async #bind(family: Family, address: string, what: string): Promise<Socket | undefined> {
		const socket = createSocket({
			type: family === 'v4' ? 'udp4' : 'udp6',
			reuseAddr: true,
			ipv6Only: family === 'v6',
		});
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
