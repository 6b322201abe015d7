/**
 * Starts a session: checks, admission, folder, then loop and desks. Until a relay has admitted a first joiner or founder
 * nothing is written to the folder, so a refusal leaves no trace.
 */
import {randomBytes} from 'node:crypto';
import {realpath, stat} from 'node:fs/promises';
import path from 'node:path';
import {type Event} from '../core/event.js';
import {type Session} from '../core/session.js';
import {checkGit} from '../git/git-version.js';
import {Failure} from '../protocol/failure.js';
import {type RelayConnection} from '../transport/relay-socket.js';

import {openEmbeddedRelay, type EmbeddedRelay} from './embedded-relay.js';
import {assembleSession, EventGate} from './assemble-session.js';
import {normalizeRelayUrl} from './invite-addresses.js';
import {RelayDesk} from './relay-desk.js';
import {type SessionOptions} from './session-options.js';
import {openSessionFolder, readFolderState, type SessionFolder} from './session-folder.js';
import {planSession, sessionFileOf, withFounder, type SessionPlan} from './session-plan.js';

/** A first join or founding that no relay has admitted by then is given up. */
const admissionMs = 15_000;
/** Between two tries within that time. */
const admissionRetryMs = 1000;

/** Starts the session of a folder; rejects with a Failure that says what a person can do. */
export async function startSession(options: SessionOptions): Promise<Session> {
	const root = await projectRoot(options.root);
	const relayUrls = options.relayUrls?.map((url) => normalizeRelayUrl(url));
	const checked = {...options, root, relayUrls};
	await checkGit();
	const draft = await planSession(checked, await readFolderState(root));
	const starting = new Starting(checked, draft);
	try {
		return await starting.run();
	} catch (error) {
		await starting.undo();
		throw error;
	}
}

async function projectRoot(folder: string): Promise<string> {
	try {
		const root = await realpath(folder);
		if ((await stat(root)).isDirectory()) return root;
	} catch {
		// Said below: for a person a missing folder and one that cannot be read are the same.
	}
	throw new Failure('folder_missing', {severity: 'fatal', details: {path: path.resolve(folder)}});
}

/** The steps of a start, which must be taken back if a later one fails. */
class Starting {
	readonly #options: SessionOptions;
	readonly #instance = randomBytes(9).toString('base64url');
	#plan: SessionPlan;
	#embedded: EmbeddedRelay | undefined;
	#relay: RelayDesk | undefined;
	#folder: SessionFolder | undefined;

	constructor(options: SessionOptions, plan: SessionPlan) {
		this.#options = options;
		this.#plan = plan;
	}

	async run(): Promise<Session> {
		const {log} = this.#options;
		// A folder with a session is locked first of all: a second instance must not disturb the first one.
		if (!this.#plan.isNew) this.#folder = await this.#openFolder();
		await this.#openEmbeddedRelay();
		const gate = new EventGate();
		const relay = this.#openRelayDesk(gate.dispatch);
		const first = this.#plan.isNew ? await this.#admission(relay) : undefined;
		const folder = (this.#folder ??= await this.#openFolder());
		if (this.#embedded) await folder.update({relay_port: this.#embedded.port});
		log({message: 'starting', session: this.#plan.keys.sessionId.slice(0, 6), role: this.#plan.role});
		return assembleSession({
			options: this.#options,
			plan: this.#plan,
			instance: this.#instance,
			folder,
			relay,
			embedded: this.#embedded,
			first,
			gate,
		});
	}

	/** Takes everything back; what was not begun is not there. */
	async undo(): Promise<void> {
		this.#relay?.close('the start failed');
		await this.#embedded?.close();
		await this.#folder?.close();
		if (this.#plan.isNew) await this.#folder?.remove();
	}

	async #openEmbeddedRelay(): Promise<void> {
		const {role, relayUrls, keys, former} = this.#plan;
		if (role !== 'host' || relayUrls.length > 0) return;
		const {embeddedRelay} = this.#options;
		this.#embedded = await openEmbeddedRelay({
			port: embeddedRelay?.port,
			formerPort: former?.relay_port,
			host: embeddedRelay?.host,
			sessionId: keys.sessionId,
		});
	}

	#openRelayDesk(dispatch: (event: Event) => void): RelayDesk {
		const {identity, keys, founderKey, former, relayUrls} = this.#plan;
		this.#relay = new RelayDesk({
			urls: this.#embedded ? [this.#embedded.url] : relayUrls,
			identity,
			keys,
			founderKey,
			name: this.#options.name,
			instance: this.#instance,
			relayToken: this.#options.relayToken,
			sessionTicket: former?.session_ticket,
			// Without it on disk only the forming of the session anew is at stake, after the relay forgot it.
			ticketReceived: (ticket) => {
				this.#folder?.update({session_ticket: ticket}).catch((error: unknown) => {
					this.#options.log({message: 'ticket not kept', error: String(error)});
				});
			},
			dispatch,
		});
		return this.#relay;
	}

	/** The first connection of a new member, before anything is written. */
	async #admission(relay: RelayDesk): Promise<RelayConnection> {
		const mode = this.#plan.role === 'host' ? 'create' : 'join';
		const deadline = Date.now() + admissionMs;
		for (;;) {
			try {
				const connection = await relay.connect(mode, 1);
				if (mode === 'join') this.#plan = withFounder(this.#plan, connection.founderKey);
				relay.admittedTo(this.#plan.keys, this.#plan.founderKey);
				return connection;
			} catch (error) {
				const isFinal =
					error instanceof Failure && error.severity !== 'transient' && error.code !== 'not_admitted';
				if (isFinal || Date.now() + admissionRetryMs > deadline) throw error;
				await new Promise((resolve) => setTimeout(resolve, admissionRetryMs));
			}
		}
	}

	async #openFolder(): Promise<SessionFolder> {
		const {former, isCopy, identity} = this.#plan;
		const session = sessionFileOf(this.#plan, this.#options.name, Date.now());
		return openSessionFolder(this.#options.root, {session, former, isCopy, keyPem: identity.exportPem()});
	}
}
