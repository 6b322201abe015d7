/**
 * Starts a session: checks, admission, folder, then loop and desks. Until a first joiner or founder has been
 * admitted nothing is written to the folder, so a refusal leaves no trace.
 */
import {randomBytes} from 'node:crypto';
import {realpath, stat} from 'node:fs/promises';
import path from 'node:path';
import {type Event} from '../core/event.js';
import {type Session} from '../core/session.js';
import {failureSentence} from '../core/text.js';
import {checkGit} from '../git/git-version.js';
import {Failure} from '../protocol/failure.js';
import {type RelayConnection} from '../transport/relay-socket.js';
import {admit} from './admission.js';
import {openEmbeddedRelay, type EmbeddedRelay} from './embedded-relay.js';
import {EventGate} from './event-gate.js';
import {assembleSession} from './assemble-session.js';
import {normalizeRelayUrl} from './invite-addresses.js';
import {RelayDesk} from './relay-desk.js';
import {type SessionOptions} from './session-options.js';
import {openSessionFolder, readFolderState, type SessionFolder} from './session-folder.js';
import {nameOf, planSession, sessionFileOf, type SessionPlan} from './session-plan.js';
import {sessionWords} from './session-words.js';

/** Starts the session of a folder; rejects with a Failure that says what a person can do. */
export async function startSession(options: SessionOptions): Promise<Session> {
	const root = await projectRoot(options.root);
	const relayUrls = options.relayUrls?.map((url) => normalizeRelayUrl(url));
	await checkGit();
	const folder = await readFolderState(root);
	const name = nameOf(options, folder.session);
	const checked = {...options, root, relayUrls, name};
	const draft = await planSession(checked, folder);
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
		const first = this.#plan.isNew ? await this.#admission(relay, gate) : undefined;
		const folder = (this.#folder ??= await this.#openFolder());
		if (this.#embedded) await this.#notePort(this.#embedded.port, folder, gate);
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
		this.#relay?.close(sessionWords.startFailed);
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

	/** The next start takes the port that invites name. Who has such an invite has to be told while it has another one. */
	async #notePort(port: number, folder: SessionFolder, {dispatch}: EventGate): Promise<void> {
		const {relay_port: former} = this.#plan.former ?? {};
		const isWanted = this.#options.embeddedRelay?.port === port;
		if (former === undefined || isWanted) return folder.update({relay_port: port});
		if (former === port) return;
		const message = failureSentence('port_changed', {former, port});
		dispatch({type: 'problem-found', problem: {code: 'port_changed', message}});
	}

	#openRelayDesk(dispatch: (event: Event) => void): RelayDesk {
		const {identity, keys, founderKey, former, relayUrls, role} = this.#plan;
		this.#relay = new RelayDesk({
			urls: this.#embedded ? [this.#embedded.url] : relayUrls,
			identity,
			keys,
			founderKey,
			name: this.#options.name,
			instance: this.#instance,
			relayToken: this.#mayUseToken(role) ? this.#options.relayToken : undefined,
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

	/** A token is for the relay that this person hosts at, or names now. That of a session one is a member of is somebody else's choice. */
	#mayUseToken(role: SessionPlan['role']): boolean {
		return !this.#embedded && (role === 'host' || this.#options.relayUrls !== undefined);
	}

	/** A new member is let in before anything is written. */
	async #admission(relay: RelayDesk, gate: EventGate): Promise<RelayConnection | undefined> {
		const {pin, log} = this.#options;
		const {plan, connection} = await admit({
			plan: this.#plan,
			relay,
			embedded: this.#embedded !== undefined,
			instance: this.#instance,
			pin,
			log,
		});
		this.#plan = plan;
		relay.admittedTo(plan.keys, plan.founderKey, connection ? 1 : 0);
		if (!connection && plan.role === 'host') {
			const message = failureSentence('begun_without_relay', {url: plan.relayUrls[0] ?? ''});
			gate.dispatch({type: 'problem-found', problem: {code: 'begun_without_relay', message}});
		}
		return connection;
	}

	async #openFolder(): Promise<SessionFolder> {
		const {former, isCopy, identity} = this.#plan;
		const session = sessionFileOf(this.#plan, this.#options, Date.now());
		return openSessionFolder(this.#options.root, {session, former, isCopy, keyPem: identity.exportPem()});
	}
}
