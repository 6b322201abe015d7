/**
 * Puts a session together: project, exchange, channels, relay, loop. Everything that can refuse has been asked before; from
 * here on the session runs.
 */
import path from 'node:path';
import {type Event} from '../core/event.js';
import {initialMachine} from '../core/initial-machine.js';
import {type Candidate} from '../protocol/candidate.js';
import {Failure} from '../protocol/failure.js';
import {formatInvite} from '../protocol/invite.js';
import {createRateLimiter} from '../transport/rate-limiter.js';
import {type RelayConnection} from '../transport/relay-socket.js';
import {ChannelDesk} from './channel-desk.js';
import {DirectDesk} from './direct-desk.js';
import {type EmbeddedRelay} from './embedded-relay.js';
import {ExchangeDesk} from './exchange-desk.js';
import {startHousekeeping} from './housekeeping.js';
import {addressesOf, embeddedAddresses} from './invite-addresses.js';
import {parseAdvertised} from './local-addresses.js';
import {LanDesk} from './lan-desk.js';
import {Loop} from './loop.js';
import {hasNetwork, watchNetwork} from './network-watch.js';
import {PastDesk} from './past-desk.js';
import {Project} from './project/project.js';
import {ProjectDesk} from './project-desk.js';
import {type RelayDesk} from './relay-desk.js';
import {RunningSession} from './running-session.js';
import {type Desks, runEffect} from './run-effect.js';
import {type SessionFolder} from './session-folder.js';
import {type SessionOptions} from './session-options.js';
import {type SessionPlan} from './session-plan.js';
import {defaultKept} from './tidying.js';
import {Timers} from './timers.js';
import {UnusedMemory} from './unused-memory.js';

/** Keeps the events that come before there is a loop. */
export class EventGate {
	#loop: Loop | undefined;
	readonly #early: Event[] = [];

	readonly dispatch = (event: Event): void => {
		if (this.#loop) this.#loop.dispatch(event);
		else this.#early.push(event);
	};

	/** From now on events reach the loop: first those of `begin`, then what came early. */
	open(loop: Loop, begin: () => void): void {
		this.#loop = loop;
		begin();
		for (const event of this.#early.splice(0)) loop.dispatch(event);
	}
}

export type SessionParts = {
	readonly options: SessionOptions;
	readonly plan: SessionPlan;
	readonly instance: string;
	readonly folder: SessionFolder;
	readonly relay: RelayDesk;
	readonly embedded?: EmbeddedRelay;
	/** The connection with which a new member was admitted. */
	readonly first?: RelayConnection;
	readonly gate: EventGate;
};

/** Rejects with a Failure where the project cannot be opened; nothing of it is left open then. */
export async function assembleSession(parts: SessionParts): Promise<RunningSession> {
	const {options, plan, instance, folder, relay, embedded, first, gate} = parts;
	const {root, name, pin, limitUp, limitDown, log} = options;
	const {identity, keys, role, secret, merge} = plan;
	// Whatever can be wrong with the flags shows before the project is opened.
	const invite = formatInvite({...inviteAddresses(parts), sessionId: keys.sessionId, secret});
	const dispatch = gate.dispatch;
	const project = await Project.open({
		root,
		self: {peerId: identity.peerId, name},
		watch: true,
		callbacks: {
			progress: (activity) => dispatch({type: 'project-progressed', activity}),
			dirty: () => dispatch({type: 'disk-changed'}),
			problem: (problem) => dispatch({type: 'problem-found', problem}),
			solved: (problem) => dispatch({type: 'problem-solved', ...problem}),
			editing: (paths) => dispatch({type: 'paths-edited', paths}),
		},
	});
	const state = () => loop.state;
	const exchange: ExchangeDesk = new ExchangeDesk({
		store: project.store,
		have: () => project.have(),
		isBehind: (commit) => project.relation(commit) === 'ancestor',
		isInPlace: async () => project.isInPlace(),
		wantFile: path.join(root, '.pulsync', 'want.json'),
		cacheFolder: path.join(root, '.pulsync', 'tmp', 'packs'),
		// Whoever is alone has nobody else to fetch from: it may as well wait.
		isAbout: (peerId) =>
			state().peers.get(peerId)?.present === true ||
			[...state().peers.values()].every(({link}) => link.status !== 'online'),
		dispatch,
	});
	const limiter = createRateLimiter({upBytesPerSecond: limitUp, downBytesPerSecond: limitDown});
	const connection = () => relay.connection;
	const channels: ChannelDesk = new ChannelDesk({
		identity,
		keys,
		instance,
		limiter,
		state,
		relay: connection,
		dispatch,
		exchange: exchange.callbacks,
		direct: () => direct,
		past: (channel, question) => past.answer(channel, question),
	});
	const past = new PastDesk({project, channels, exchange, state});
	const direct: DirectDesk = new DirectDesk({
		identity,
		keys,
		instance,
		founderKey: plan.founderKey,
		limiter,
		embedded,
		advertised: advertisedCandidate(parts),
		stun: options.stun,
		turn: options.turn,
		state,
		relay: connection,
		hello: (tiers) => channels.hello(tiers),
		dispatch,
		log,
	});
	const lan = new LanDesk({direct, secret, self: {peerId: identity.peerId, instance}, log});
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
	const machine = initialMachine({
		at: Date.now(),
		self: {peerId: identity.peerId, name, instance, role},
		session: {
			sessionId: keys.sessionId,
			root,
			projectName: path.basename(root),
			invite,
			relayUrl: first?.url ?? embedded?.url ?? plan.relayUrls[0] ?? '',
		},
		hasNetwork: hasNetwork(),
		pin,
		limits: {up: limiter.up.bytesPerSecond, down: limiter.down.bytesPerSecond},
		relayAttempt: first ? 1 : 0,
	});
	const loop: Loop = new Loop({machine, run: (effect) => runEffect(desks, effect)});
	const measure = () => {
		dispatch({type: 'second-passed', meters: channels.meters(), relayRttMs: relay.connection?.rttMs});
	};
	const seconds = setInterval(() => {
		measure();
		lan.review(loop.state);
	}, 1000);
	const network = watchNetwork({
		changed: (change) => {
			channels.addressesGone(change.gone);
			dispatch({type: 'network-changed', ...change});
		},
	});
	const memory = new UnusedMemory();
	const housekeeping = startHousekeeping({
		project,
		kept: options.kept ?? defaultKept,
		state,
		dispatch,
		cutOff: () => exchange.historyCutOff(),
		releaseMemory: () => memory.release(),
		log,
	});
	const session = new RunningSession({
		loop,
		project,
		projectDesk,
		housekeeping,
		past,
		shutDown: async ({leave, failed}) => {
			const why = leave ? 'left' : 'stopped';
			clearInterval(seconds);
			network.close();
			projectDesk.stop();
			// The relay's last report is of all that went until now.
			measure();
			dispatch({type: 'timer-fired', timer: 'report'});
			loop.close();
			timers.stopAll();
			// In this order, and each whatever became of the one before: the lock has to go in any case.
			const steps: (() => Promise<void> | void)[] = [
				() => housekeeping.stop(),
				() => exchange.stop(),
				() => channels.closeAll(why),
				() => relay.close(why),
				// Each may have to wait for what does not answer.
				async () => void (await Promise.all([lan.close(), direct.close()])),
				() => project.close(),
				() => embedded?.close(),
				() => (leave ? folder.forget() : undefined),
				() => folder.close(),
				// A first join that was refused before it had anything leaves the folder as it was. A host's invite may be with
				// others by now, and a member who was let in can go on: quitting costs neither, whatever the folder holds.
				() =>
					plan.isNew && loop.state.project.head === undefined && (leave || (failed && role === 'member'))
						? folder.remove()
						: undefined,
			];
			for (const step of steps) {
				try {
					await step();
				} catch (error) {
					log({message: 'fault at the end', error: String(error)});
				}
			}
		},
	});
	const endSession: Desks['endSession'] = ({exitCode, code, reason}) => {
		void session.end({exitCode, failure: new Failure(code, {severity: 'fatal', message: reason})});
	};
	const desks: Desks = {
		log,
		loop,
		timers,
		relay,
		limiter,
		channels,
		exchange,
		project,
		projectDesk,
		endSession,
	};
	await direct.listen();
	relay.signalled = (message) => direct.signals.receive(message);
	lan.review(loop.state);
	// The relay in parallel with the first scan; what peers say waits until the scan is done.
	gate.open(loop, () => {
		if (first) relay.adopt(1, first);
		else loop.dispatch({type: 'timer-fired', timer: 'relay'});
	});
	void projectDesk.start();
	return session;
}

/** Where people said that this peer's port is reached, if that is a literal address. */
function advertisedCandidate({options, embedded}: SessionParts): Candidate | undefined {
	const advertise = options.embeddedRelay?.advertise;
	if (!embedded || advertise === undefined) return undefined;
	const address = parseAdvertised(advertise, embedded.port);
	return address && {ip: address.host, port: address.port};
}

function inviteAddresses({options, plan, embedded}: SessionParts): ReturnType<typeof addressesOf> {
	if (!embedded) return addressesOf(plan.relayUrls);
	return {tls: false, addresses: embeddedAddresses(embedded.port, options.embeddedRelay?.advertise)};
}
