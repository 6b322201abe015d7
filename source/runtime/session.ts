/**
 * Starts a session: checks, admission, folder, then loop and desks. Until a relay has admitted a first joiner or founder
 * nothing is written to the folder, so a refusal leaves no trace.
 */
import {randomBytes} from 'node:crypto';
import {realpath, stat} from 'node:fs/promises';
import path from 'node:path';
import {type Event} from '../core/event.js';
import {initialMachine} from '../core/initial-machine.js';
import {type Session} from '../core/session.js';
import {checkGit} from '../git/git-version.js';
import {Failure} from '../protocol/failure.js';
import {formatInvite} from '../protocol/invite.js';
import {createRateLimiter} from '../transport/rate-limiter.js';
import {type RelayConnection} from '../transport/relay-socket.js';

import {ChannelDesk} from './channel-desk.js';
import {openEmbeddedRelay, type EmbeddedRelay} from './embedded-relay.js';
import {ExchangeDesk} from './exchange-desk.js';
import {startHousekeeping} from './housekeeping.js';
import {addressesOf, embeddedAddresses, normalizeRelayUrl} from './invite-addresses.js';
import {Loop} from './loop.js';
import {Project} from './project/project.js';
import {ProjectDesk} from './project-desk.js';
import {RelayDesk} from './relay-desk.js';
import {RunningSession} from './running-session.js';
import {runEffect, type Desks} from './run-effect.js';
import {type SessionOptions} from './session-options.js';
import {openSessionFolder, readFolderState, type SessionFolder} from './session-folder.js';
import {planSession, sessionFileOf, withFounder, type SessionPlan} from './session-plan.js';
import {Timers} from './timers.js';

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
	#project: Project | undefined;
	#loop: Loop | undefined;
	/** What the relay said before the loop was there. */
	readonly #early: Event[] = [];

	constructor(options: SessionOptions, plan: SessionPlan) {
		this.#options = options;
		this.#plan = plan;
	}

	async run(): Promise<Session> {
		const {log} = this.#options;
		// A folder with a session is locked first of all: a second instance must not disturb the first one.
		if (!this.#plan.isNew) this.#folder = await this.#openFolder();
		await this.#openEmbeddedRelay();
		const dispatch = (event: Event) => {
			if (this.#loop) this.#loop.dispatch(event);
			else this.#early.push(event);
		};
		const relay = this.#openRelayDesk(dispatch);
		const first = this.#plan.isNew ? await this.#admission(relay) : undefined;
		const folder = (this.#folder ??= await this.#openFolder());
		if (this.#embedded) await folder.update({relay_port: this.#embedded.port});
		log({message: 'starting', session: this.#plan.keys.sessionId.slice(0, 6), role: this.#plan.role});
		const session = await this.#assemble(folder, relay, dispatch, first);
		return session;
	}

	/** Takes everything back; what was not begun is not there. */
	async undo(): Promise<void> {
		this.#loop?.close();
		this.#relay?.close('the start failed');
		await this.#project?.close();
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
			ticketReceived: (ticket) => void this.#folder?.update({session_ticket: ticket}),
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

	async #assemble(
		folder: SessionFolder,
		relay: RelayDesk,
		dispatch: (event: Event) => void,
		first: RelayConnection | undefined,
	): Promise<Session> {
		const {root, name, pin, limitUp, limitDown, log} = this.#options;
		const {identity, keys, role, secret, merge} = this.#plan;
		const project = (this.#project = await Project.open({
			root,
			self: {peerId: identity.peerId, name},
			watch: true,
			callbacks: {
				progress: (activity) => dispatch({type: 'project-progressed', activity}),
				dirty: () => dispatch({type: 'disk-changed'}),
				problem: (problem) => dispatch({type: 'problem-found', problem}),
				editing: (paths) => dispatch({type: 'paths-edited', paths}),
			},
		}));
		const state = () => loop.state;
		const exchange: ExchangeDesk = new ExchangeDesk({
			store: project.store,
			have: () => project.have(),
			wantFile: path.join(root, '.pulsync', 'want.json'),
			cacheFolder: path.join(root, '.pulsync', 'tmp', 'packs'),
			tierOf: (peerId) => channels.active(peerId)?.tier,
			dispatch,
		});
		const channels: ChannelDesk = new ChannelDesk({
			identity,
			keys,
			instance: this.#instance,
			limiter: createRateLimiter({upBytesPerSecond: limitUp, downBytesPerSecond: limitDown}),
			state,
			relay: () => relay.connection,
			dispatch,
			exchange: exchange.callbacks,
		});
		const projectDesk = new ProjectDesk({
			root,
			project,
			channels,
			merge,
			founder: role === 'host',
			log,
			dispatch,
		});
		const timers = new Timers((timer) => dispatch({type: 'timer-fired', timer}));
		const invite = formatInvite({...this.#inviteAddresses(), sessionId: keys.sessionId, secret});
		const machine = initialMachine({
			at: Date.now(),
			self: {peerId: identity.peerId, name, instance: this.#instance, role},
			session: {
				sessionId: keys.sessionId,
				root,
				projectName: path.basename(root),
				invite,
				relayUrl: first?.url ?? this.#embedded?.url ?? this.#plan.relayUrls[0] ?? '',
			},
			pin,
			relayAttempt: first ? 1 : 0,
		});
		const loop: Loop = (this.#loop = new Loop({machine, run: (effect) => runEffect(desks, effect)}));
		const seconds = setInterval(() => {
			dispatch({type: 'second-passed', meters: channels.meters(), relayRttMs: relay.connection?.rttMs});
		}, 1000);
		const housekeeping = startHousekeeping({store: project.store, state, dispatch});
		const session = new RunningSession({
			loop,
			project,
			projectDesk,
			shutDown: async ({leave}) => {
				clearInterval(seconds);
				projectDesk.stop();
				loop.close();
				timers.stopAll();
				await housekeeping.stop();
				await exchange.stop();
				await channels.closeAll(leave ? 'left' : 'stopped');
				relay.close(leave ? 'left' : 'stopped');
				await project.close();
				await this.#embedded?.close();
				if (leave) await folder.forget();
				await folder.close();
				// A first join that ended before it had anything leaves the folder as it was.
				if (this.#plan.isNew && loop.state.project.head === undefined) await folder.remove();
			},
		});
		const endSession: Desks['endSession'] = ({exitCode, code, reason}) => {
			void session.end({exitCode, failure: new Failure(code, {severity: 'fatal', message: reason})});
		};
		const desks: Desks = {log, loop, timers, relay, channels, exchange, project, projectDesk, endSession};
		this.#begin(desks, first);
		return session;
	}

	#inviteAddresses(): ReturnType<typeof addressesOf> {
		if (!this.#embedded) return addressesOf(this.#plan.relayUrls);
		return {
			tls: false,
			addresses: embeddedAddresses(this.#embedded.port, this.#options.embeddedRelay?.advertise),
		};
	}

	/** The relay in parallel with the first scan; what peers say waits until the scan is done. */
	#begin(desks: Desks, first: RelayConnection | undefined): void {
		if (first) desks.relay.adopt(1, first);
		else desks.loop.dispatch({type: 'timer-fired', timer: 'relay'});
		for (const event of this.#early.splice(0)) desks.loop.dispatch(event);
		void desks.projectDesk.start();
	}
}
