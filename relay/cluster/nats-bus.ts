/**
 * The bus between relays on NATS: the one file that knows its client. Connecting again, subscribing again, keeping
 * order and telling that nobody listens are the client's and the server's work; nothing is kept while they are apart.
 */
import {
	AuthorizationError,
	connect,
	credsAuthenticator,
	errors,
	type Msg,
	type NatsConnection,
	type NodeConnectionOptions,
} from '@nats-io/transport-node';
import {maxTextBytes} from '../../source/protocol/limits.js';
import {type Bus, type BusMessage, type RequestEnd} from './bus.js';
import {type NatsAddress} from './nats-address.js';

export type NatsOptions = {
	readonly address: NatsAddress;
	/** The text of a credentials file, as NATS makes them. */
	readonly creds?: string;
	readonly log: (message: string, facts: Readonly<Record<string, string | number>>) => void;
	/** How long the start waits for a server that does not answer. */
	readonly patienceMs?: number;
};

/** A link that broke without a word is noticed after three of these. */
const pingIntervalMs = 2_000;
const maxPingsOut = 2;
const dialDeadlineMs = 5_000;
const retryMs = 500;
/** Relays that lost one server do not all come back at one moment. */
const retryJitterMs = 500;
const defaultPatienceMs = 3_000;
/** Who refuses us must be told by a person that we are welcome; we look now and then. */
const refusedRetryMs = 5_000;

type Subscription = {
	readonly subject: string;
	readonly hear: (message: BusMessage) => void;
	stop?: () => void;
};

/** Connects, and goes on trying where no server answers in time. Rejects where a server refuses the credentials. */
export async function openNatsBus(options: NatsOptions): Promise<Bus> {
	const bus = new NatsBus(options);
	try {
		await bus.open();
	} catch (error) {
		await bus.close();
		throw error;
	}

	return bus;
}

class NatsBus implements Bus {
	onChange: () => void = () => undefined;
	readonly #options: NatsOptions;
	readonly #subscriptions = new Set<Subscription>();
	#connection?: NatsConnection;
	#isUp = false;
	#isClosed = false;
	#retry?: NodeJS.Timeout;

	constructor(options: NatsOptions) {
		this.#options = options;
	}

	/** Resolves when it is up, or when it has not come up for a while. Rejects where it is refused meanwhile. */
	async open(): Promise<void> {
		await new Promise<void>((resolve, reject) => {
			const timer = setTimeout(() => {
				this.#options.log('NATS does not answer; the relay serves its own peers alone and tries on', {});
				resolve();
			}, this.#options.patienceMs ?? defaultPatienceMs);
			this.#keepTrying((error) => {
				if (error !== undefined && !isRefusal(error)) return;
				clearTimeout(timer);
				if (isRefusal(error)) reject(error);
				else resolve();
			});
		});
	}

	get isUp(): boolean {
		return this.#isUp;
	}

	get maxBytes(): number {
		return this.#connection?.info?.max_payload ?? 0;
	}

	publish(subject: string, bytes: Uint8Array): void {
		if (this.#isUp) this.#connection?.publish(subject, bytes);
	}

	subscribe(subject: string, hear: (message: BusMessage) => void): () => void {
		const subscription: Subscription = {subject, hear};
		this.#subscriptions.add(subscription);
		this.#start(subscription);
		return () => {
			subscription.stop?.();
			this.#subscriptions.delete(subscription);
		};
	}

	async request(subject: string, bytes: Uint8Array, deadlineMs: number): Promise<RequestEnd> {
		if (!this.#isUp || !this.#connection) return 'late';
		try {
			await this.#connection.request(subject, bytes, {timeout: deadlineMs});
			return 'answered';
		} catch (error) {
			return isNobody(error) ? 'nobody' : 'late';
		}
	}

	async gather(
		subject: string,
		bytes: Uint8Array,
		deadlineMs: number,
		take: (answer: Uint8Array) => boolean,
	): Promise<void> {
		if (!this.#isUp || !this.#connection) return;
		try {
			const answers = await this.#connection.requestMany(subject, bytes, {
				strategy: 'timer',
				maxWait: deadlineMs,
			});
			for await (const {data} of answers) if (take(data)) return;
		} catch {
			// Nobody has it, or the bus went away: what was taken so far is all there is.
		}
	}

	async settled(): Promise<void> {
		if (!this.#isUp || !this.#connection) return;
		// What is under way when the connection breaks is rejected.
		await this.#connection.flush().catch(() => undefined);
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		clearTimeout(this.#retry);
		const connection = this.#connection;
		if (!connection || connection.isClosed()) return;
		// What was said last still goes out.
		await connection.flush().catch(() => undefined);
		await connection.close();
	}

	/** Tries until it is connected; from then on the client does. Tells the end of each attempt. */
	#keepTrying(ended: (error?: unknown) => void): void {
		this.#connect().then(
			() => ended(),
			(error: unknown) => {
				ended(error);
				if (this.#isClosed) return;
				const delayMs = isRefusal(error) ? refusedRetryMs : retryMs;
				this.#retry = setTimeout(() => this.#keepTrying(ended), delayMs + Math.random() * retryJitterMs);
				this.#retry.unref();
			},
		);
	}

	async #connect(): Promise<void> {
		const connection = await connect(connectionOptions(this.#options));
		const {log} = this.#options;
		if (this.#isClosed) return connection.close();
		this.#connection = connection;
		if (this.maxBytes < maxTextBytes) {
			log('NATS takes no messages as large as peers may send: raise its max_payload', {
				max_payload: this.maxBytes,
				wanted: maxTextBytes,
			});
		}

		for (const subscription of this.#subscriptions) this.#start(subscription);
		this.#change(true);
		void this.#watch(connection);
		// It closes by itself where the server does not know us any more.
		void connection.closed().then(() => {
			this.#change(false);
			if (!this.#isClosed) this.#keepTrying(() => undefined);
		});
	}

	async #watch(connection: NatsConnection): Promise<void> {
		const {log} = this.#options;
		for await (const status of connection.status()) {
			if (status.type === 'disconnect') this.#change(false);
			else if (status.type === 'reconnect') this.#change(true);
			else if (status.type === 'error') log('NATS says', {error: status.error.message});
		}
	}

	#change(isUp: boolean): void {
		if (this.#isUp === isUp || (isUp && this.#isClosed)) return;
		this.#isUp = isUp;
		if (!this.#isClosed) this.onChange();
	}

	#start(subscription: Subscription): void {
		const started = this.#connection?.subscribe(subscription.subject, {
			callback: (error, message) => {
				if (!error) this.#pass(subscription.hear, message);
				else this.#options.log('NATS does not let this relay listen', {subject: subscription.subject});
			},
		});
		subscription.stop = started && (() => started.unsubscribe());
	}

	/** An exception would end the client's reading in silence; it is a bug, and ends the process as others do. */
	#pass(hear: (message: BusMessage) => void, message: Msg): void {
		try {
			hear({subject: message.subject, bytes: message.data, answer: (bytes) => void message.respond(bytes)});
		} catch (error) {
			queueMicrotask(() => {
				throw error;
			});
		}
	}
}

function connectionOptions({address, creds}: NatsOptions): NodeConnectionOptions {
	const {servers, user, pass, token, isTls} = address;
	return {
		servers: [...servers],
		name: 'pulsync relay',
		...(user === undefined ? {} : {user, pass}),
		...(token === undefined ? {} : {token}),
		...(creds === undefined ? {} : {authenticator: credsAuthenticator(Buffer.from(creds))}),
		...(isTls ? {tls: {}} : {}),
		noEcho: true,
		noAsyncTraces: true,
		maxReconnectAttempts: -1,
		timeout: dialDeadlineMs,
		reconnectTimeWait: retryMs,
		reconnectJitter: retryJitterMs,
		pingInterval: pingIntervalMs,
		maxPingOut: maxPingsOut,
	};
}

function isNobody(error: unknown): boolean {
	return error instanceof errors.RequestError && error.isNoResponders();
}

/** True where a server refused who we say we are. */
function isRefusal(error: unknown): error is AuthorizationError {
	return error instanceof AuthorizationError;
}
