/** The desks of one session: each does what the core decides in one part of the world outside. */
import path from 'node:path';
import {type State} from '../core/state.js';
import {type Candidate} from '../protocol/candidate.js';
import {createRateLimiter, type RateLimiter} from '../transport/rate-limiter.js';
import {ChannelDesk} from './channel-desk.js';
import {DirectDesk} from './direct-desk.js';
import {ExchangeDesk} from './exchange-desk.js';
import {LanDesk} from './lan-desk.js';
import {parseAdvertised} from './local-addresses.js';
import {PastDesk} from './past-desk.js';
import {Project} from './project/project.js';
import {projectCallbacks} from './project-callbacks.js';
import {ProjectDesk} from './project-desk.js';
import {type SessionParts} from './session-parts.js';
import {Timers} from './timers.js';

export type SessionDesks = {
	readonly project: Project;
	readonly projectDesk: ProjectDesk;
	readonly exchange: ExchangeDesk;
	readonly limiter: RateLimiter;
	readonly channels: ChannelDesk;
	readonly past: PastDesk;
	readonly direct: DirectDesk;
	readonly lan: LanDesk;
	readonly timers: Timers;
};

/** Opens the project and makes what works on it; rejects with a Failure where it cannot be opened. `state` is asked later. */
export async function openDesks(parts: SessionParts, state: () => State): Promise<SessionDesks> {
	const {options, plan, instance, relay, embedded, gate} = parts;
	const {root, log} = options;
	const {identity, keys} = plan;
	const {dispatch} = gate;
	const project = await openProject(parts);
	const exchange = makeExchange(parts, project, state);
	const limiter = createRateLimiter({
		upBytesPerSecond: options.limitUp,
		downBytesPerSecond: options.limitDown,
	});
	const shared = {identity, keys, instance, limiter, state, relay: () => relay.connection, dispatch};
	const channels: ChannelDesk = new ChannelDesk({
		...shared,
		exchange: exchange.callbacks,
		direct: () => direct,
		past: (channel, question) => past.answer(channel, question),
	});
	const past = new PastDesk({project, channels, exchange, state});
	const direct: DirectDesk = new DirectDesk({
		...shared,
		founderKey: plan.founderKey,
		embedded,
		advertised: advertisedCandidate(parts),
		stun: options.stun,
		turn: options.turn,
		hello: (tiers) => channels.hello(tiers),
		log,
	});
	return {
		project,
		exchange,
		limiter,
		channels,
		past,
		direct,
		lan: new LanDesk({direct, secret: plan.secret, self: {peerId: identity.peerId, instance}, log}),
		projectDesk: new ProjectDesk({
			root,
			project,
			channels,
			merge: plan.merge,
			founder: plan.role === 'host',
			log,
			dispatch,
		}),
		timers: new Timers((timer) => dispatch({type: 'timer-fired', timer})),
	};
}

async function openProject({options, plan, gate: {dispatch}}: SessionParts): Promise<Project> {
	return Project.open({
		root: options.root,
		self: {peerId: plan.identity.peerId, name: options.name},
		watch: true,
		callbacks: projectCallbacks(dispatch),
	});
}

function makeExchange(
	{options: {root}, gate: {dispatch}}: SessionParts,
	project: Project,
	state: () => State,
): ExchangeDesk {
	return new ExchangeDesk({
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
}

/** Where people said that this peer's port is reached, if that is a literal address. */
function advertisedCandidate({options, embedded}: SessionParts): Candidate | undefined {
	const advertise = options.embeddedRelay?.advertise;
	if (!embedded || advertise === undefined) return undefined;
	const address = parseAdvertised(advertise, embedded.port);
	return address && {ip: address.host, port: address.port};
}
