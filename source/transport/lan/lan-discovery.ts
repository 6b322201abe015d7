/**
 * Finds the other members of a session in the same network by mDNS, and is found by them. After any change of interfaces or
 * addresses everything is opened anew, without a goodbye: those who know us see only the new addresses.
 */
import {createHash} from 'node:crypto';
import {Bonjour, type Browser, type Service} from 'bonjour-service';
import {type Candidate} from '../../protocol/candidate.js';
import {lanWords} from '../path-words.js';
import {LanSeal, maxAddresses} from './lan-announcement.js';
import {type LanInterface, lanInterfaces} from './lan-interfaces.js';
import {LanPeers, type LanPeer} from './lan-peers.js';
import {LanSockets} from './lan-sockets.js';

export type LanDiscoveryOptions = {
	/** The session's secret; nothing that is sent betrays it, or the session's id. */
	readonly secret: Uint8Array;
	/** Absent: listens only, as a first joiner does who has nothing to offer yet. */
	readonly self?: {readonly peerId: string; readonly instance: string; readonly port: number};
	/** A peer that was not known, or one whose instance or addresses are others now. */
	found(peer: LanPeer): void;
	/** It said goodbye, or has not answered for minutes. */
	lost(peerId: string): void;
	/** For the log: why nobody can be found here now. */
	problem(reason: string): void;
	/** For tests: other interfaces and another port, and peers on the loopback address. */
	readonly interfaces?: () => readonly LanInterface[];
	readonly port?: number;
	readonly loopback?: boolean;
};

export type LanDiscovery = {
	/** The connection to this peer has died: is it still there? If it does not answer it is lost within two seconds. */
	doubt(peerId: string): void;
	/** Says goodbye and ends, within a second. */
	close(): Promise<void>;
};

const mdnsPort = 5353;
const lookMs = 1000;
/** A look that comes so late means that the machine slept. */
const sleepMs = 10_000;
/** Questions after opening, and after somebody was lost, who may be back soon; in seconds. Then one a minute. */
const questionsAtSeconds = [1, 3, 7, 12, 17, 22, 27, 32, 37, 42, 47, 52];
const questionPeriodMs = 60_000;
/** What could not be opened (an address that is still being checked, a port in use) is tried again. */
const retryMs = {first: 1000, most: 60_000};
const goodbyeMs = 500;
/** As many services as one question may bring before we forget them and ask again. */
const maxServices = 128;

const serviceType = {type: 'pulsync', protocol: 'tcp'} as const;

/** Announces and searches until it is closed. Never throws; without a network it waits for one. */
export function openLanDiscovery(options: LanDiscoveryOptions): LanDiscovery {
	return new Discovery(options);
}

class Discovery implements LanDiscovery {
	readonly #options: LanDiscoveryOptions;
	readonly #seal: LanSeal;
	readonly #peers: LanPeers;
	readonly #timer: NodeJS.Timeout;
	#bonjour: Bonjour | undefined;
	#browser: Browser | undefined;
	#questions: number[] = [];
	#signature = '';
	/** By the clock on the wall, which goes on while the machine sleeps; it may be set, so nothing else goes by it. */
	#lookedAt = Date.now();
	#announcedAt = 0;
	#retryAt = Infinity;
	#retryAfterMs = retryMs.first;
	#problem = '';
	#opening: Promise<void> = Promise.resolve();
	#isOpening = false;
	#isClosed = false;

	constructor(options: LanDiscoveryOptions) {
		this.#options = options;
		this.#seal = new LanSeal(options.secret);
		this.#peers = new LanPeers({
			self: options.self?.peerId,
			loopback: options.loopback ?? false,
			ask: () => this.#ask(),
			found: (peer) => options.found(peer),
			lost: (peerId) => {
				this.#planQuestions();
				options.lost(peerId);
			},
		});
		this.#timer = setInterval(() => this.#look(), lookMs);
		this.#timer.unref();
		this.#look();
	}

	doubt(peerId: string): void {
		this.#peers.doubt(({announcement}) => announcement.peerId === peerId);
	}

	async close(): Promise<void> {
		if (this.#isClosed) return;
		this.#isClosed = true;
		clearInterval(this.#timer);
		await this.#opening;
		const bonjour = this.#bonjour;
		if (bonjour) {
			await new Promise<void>((resolve) => {
				const timer = setTimeout(resolve, goodbyeMs);
				bonjour.unpublishAll(() => {
					clearTimeout(timer);
					resolve();
				});
			});
		}
		this.#closeBonjour();
		this.#peers.close();
	}

	/** Once a second: is the network another one, is it time to ask, is somebody gone? */
	#look(): void {
		const wall = Date.now();
		const slept = wall - this.#lookedAt > sleepMs;
		this.#lookedAt = wall;
		const now = performance.now();
		if (slept) this.#peers.excuse();
		if (this.#isOpening) return;
		const interfaces = (this.#options.interfaces ?? lanInterfaces)();
		const signature = JSON.stringify(interfaces);
		if (signature !== this.#signature) this.#retryAfterMs = retryMs.first;
		if (slept || signature !== this.#signature || now >= this.#retryAt) {
			this.#signature = signature;
			this.#isOpening = true;
			this.#opening = this.#open(interfaces).finally(() => (this.#isOpening = false));
			return;
		}
		if (this.#questions[0] !== undefined && now >= this.#questions[0]) {
			this.#questions.shift();
			this.#questions.push(...(this.#questions.length === 0 ? [now + questionPeriodMs] : []));
			this.#ask();
		}
		this.#peers.expire();
	}

	async #open(interfaces: readonly LanInterface[]): Promise<void> {
		this.#closeBonjour();
		this.#questions = [];
		this.#retryAt = Infinity;
		if (interfaces.length === 0) return;
		const port = this.#options.port ?? mdnsPort;
		const socket = new LanSockets({interfaces, port, token: this.#seal.token});
		await socket.open();
		if (socket.faults.length > 0) {
			this.#retryAt = performance.now() + this.#retryAfterMs;
			this.#retryAfterMs = Math.min(this.#retryAfterMs * 2, retryMs.most);
		}
		this.#tell(socket.isDeaf ? (socket.faults[0] ?? lanWords.noInterface) : '');
		if (socket.isDeaf || this.#isClosed) {
			socket.close();
			return;
		}
		// The library binds no socket and joins no group by itself then.
		const own = {port, socket, bind: false, multicast: false};
		this.#bonjour = new Bonjour(own, () => {});
		this.#publish(this.#bonjour, interfaces);
		this.#ask();
		this.#planQuestions();
	}

	#planQuestions(): void {
		const now = performance.now();
		this.#questions = questionsAtSeconds.map((seconds) => now + seconds * 1000);
	}

	#publish(bonjour: Bonjour, interfaces: readonly LanInterface[]): void {
		const {self} = this.#options;
		if (!self) return;
		const v4 = interfaces.flatMap((one) => one.v4);
		const addresses = [...v4, ...interfaces.flatMap((one) => one.v6)];
		this.#peers.own = addresses.map((ip): Candidate => ({ip, port: self.port}));
		// At least one IPv6 address is told, however many containers this machine has.
		const told = [...addresses.slice(0, maxAddresses - 1), ...addresses.slice(maxAddresses - 1).slice(-1)];
		this.#announcedAt = Math.max(this.#announcedAt + 1, Date.now());
		const name = `${self.peerId}-${createHash('sha256').update(self.instance).digest('hex').slice(0, 8)}`;
		bonjour.publish({
			...serviceType,
			name,
			port: self.port,
			host: `${name}.local`,
			txt: this.#seal.write({...self, at: this.#announcedAt, addresses: told}),
			// The name is our own; asking whether it is taken costs time, and a stranger could say so.
			probe: false,
			disableIPv6: addresses.length > maxAddresses,
		});
	}

	/** A new question to all, with a new list of answers: so those who are still there are seen again. */
	#ask(): void {
		this.#browser?.stop();
		this.#browser?.removeAllListeners();
		if (!this.#bonjour || this.#isClosed) return;
		const browser = this.#bonjour.find(serviceType);
		const seen = (service: Service) => this.#seen(browser, service);
		browser.on('up', seen);
		browser.on('txt-update', seen);
		browser.on('srv-update', seen);
		browser.on('down', (service: Service) => this.#peers.doubt(({fqdn}) => fqdn === service.fqdn));
		this.#browser = browser;
	}

	#seen(browser: Browser, {txt, port, fqdn, referer}: Service): void {
		if (browser.services.length > maxServices && browser === this.#browser) this.#ask();
		const announcement = this.#seal.read(txt, port);
		if (announcement) this.#peers.seen(announcement, fqdn, referer?.address);
	}

	#closeBonjour(): void {
		this.#browser?.stop();
		this.#browser?.removeAllListeners();
		this.#browser = undefined;
		this.#bonjour?.destroy();
		this.#bonjour = undefined;
	}

	#tell(problem: string): void {
		if (problem !== '' && problem !== this.#problem) this.#options.problem(problem);
		this.#problem = problem;
	}
}
