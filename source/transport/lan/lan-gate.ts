/** What of the local network's multicast is let through to be parsed: little, small, and not too often. */

/** The bounds of RFC 6762 for a packet, and ours for what it may hold. */
const maxPacketBytes = 9000;
const headerBytes = 12;
const maxQuestions = 8;
const maxRecords = 96;

const perSource = {perSecond: 10, atOnce: 30} as const;
const inAll = {perSecond: 50, atOnce: 100} as const;
const maxSources = 256;

/** The service as DNS writes it, each label after its length. */
const serviceLabels = Buffer.from('\u0008_pulsync\u0004_tcp', 'latin1');
const responseBit = 0x80;

/** Lets through packets about our service: queries, and answers of our session. */
export class PacketGate {
	readonly #token: Buffer;
	readonly #now: () => number;
	readonly #all: TokenAllowance;
	readonly #sources = new Map<string, TokenAllowance>();

	constructor(token: string, now = () => performance.now()) {
		this.#token = Buffer.from(`token=${token}`);
		this.#now = now;
		this.#all = new TokenAllowance(inAll.perSecond, inAll.atOnce, now);
	}

	passes(bytes: Buffer, source: string): boolean {
		if (bytes.length < headerBytes || bytes.length > maxPacketBytes) return false;
		if (bytes.readUInt16BE(4) > maxQuestions) return false;
		const records = bytes.readUInt16BE(6) + bytes.readUInt16BE(8) + bytes.readUInt16BE(10);
		if (records > maxRecords || !bytes.includes(serviceLabels)) return false;
		const isResponse = (bytes.readUInt8(2) & responseBit) !== 0;
		// A goodbye has all records too, so whatever answers has the token.
		if (isResponse && !bytes.includes(this.#token)) return false;
		return this.#allowanceOf(source).take() && this.#all.take();
	}

	#allowanceOf(source: string): TokenAllowance {
		let allowance = this.#sources.get(source);
		if (!allowance) {
			if (this.#sources.size >= maxSources) this.#sources.clear();
			allowance = new TokenAllowance(perSource.perSecond, perSource.atOnce, this.#now);
			this.#sources.set(source, allowance);
		}
		return allowance;
	}
}

/** So many at once, and so many a second in the long run. */
export class TokenAllowance {
	readonly #perSecond: number;
	readonly #atOnce: number;
	readonly #now: () => number;
	#left: number;
	#at: number;

	constructor(perSecond: number, atOnce: number, now = () => performance.now()) {
		this.#perSecond = perSecond;
		this.#atOnce = atOnce;
		this.#now = now;
		this.#left = atOnce;
		this.#at = now();
	}

	/** True if one more may pass now. */
	take(): boolean {
		const now = this.#now();
		this.#left = Math.min(this.#atOnce, this.#left + ((now - this.#at) / 1000) * this.#perSecond);
		this.#at = now;
		if (this.#left < 1) return false;
		this.#left -= 1;
		return true;
	}
}
