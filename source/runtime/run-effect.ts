/** One case for each effect: which desk does it. Nothing is decided here. */
import {type Effect} from '../core/effect.js';
import {type PublicEvent} from '../core/public-event.js';
import {type PeerMessage} from '../protocol/peer-messages.js';
import {type ChannelDesk} from './channel-desk.js';
import {type ExchangeDesk} from './exchange-desk.js';
import {type Loop} from './loop.js';
import {type Project} from './project/project.js';
import {type ProjectDesk} from './project-desk.js';
import {type RateLimiter} from '../transport/rate-limiter.js';
import {type RelayDesk} from './relay-desk.js';
import {type SessionOptions} from './session-options.js';
import {type Timers} from './timers.js';

export type Desks = {
	readonly log: SessionOptions['log'];
	readonly loop: Loop;
	readonly timers: Timers;
	readonly relay: RelayDesk;
	readonly limiter: RateLimiter;
	readonly channels: ChannelDesk;
	readonly exchange: ExchangeDesk;
	readonly project: Project;
	readonly projectDesk: ProjectDesk;
	readonly endSession: (end: Extract<Effect, {type: 'end-session'}>) => void;
};

/** Small changes travel with the head to so many peers; the others fetch, from whoever has it by then. */
const inlinePeers = 2;

export function runEffect(desks: Desks, effect: Effect): void {
	const {loop, timers, relay, channels, exchange, project, projectDesk} = desks;
	switch (effect.type) {
		case 'emit':
			logEvent(desks, effect.event);
			return loop.emit(effect.event);
		case 'start-timer':
			return timers.start(effect.timer, effect.afterMs);
		case 'stop-timer':
			return timers.stop(effect.timer);
		case 'open-relay':
			return void relay.open(effect.attempt);
		case 'test-binary':
			return void relay.testBinary(effect.attempt);
		case 'probe-relay':
			return relay.probe(effect.attempt, effect.gone);
		case 'report-traffic':
			return relay.report(effect);
		case 'open-carrier':
			return void channels.open(effect);
		case 'refuse-carrier':
			return channels.refuse(effect);
		case 'ask-leader':
			return channels.askLeader(effect);
		case 'close-carrier':
			return channels.close(effect.peerId, effect.generation, effect.reason);
		case 'drain-carrier':
			return void drain(desks, effect);
		case 'use-carrier': {
			const channel = channels.use(effect.peerId, effect.generation);
			if (channel) exchange.moveTo(channel);
			return;
		}
		case 'say':
			return channels.say(effect.peerId, effect.generation, effect.message);
		case 'say-hello':
			return channels.say(effect.peerId, effect.generation, channels.hello(effect.tiers));
		case 'announce':
			return void announce(desks, effect);
		case 'take-snapshot':
			return void projectDesk.takeSnapshot(effect.operation);
		case 'integrate':
			return void projectDesk.integrate(effect);
		case 'adopt':
			return void projectDesk.adopt(effect);
		case 'measure-distance':
			return projectDesk.measureDistance(effect);
		case 'list-conflicts':
			return void projectDesk.listConflicts();
		case 'set-limits':
			desks.limiter.up.set(effect.up);
			desks.limiter.down.set(effect.down);
			return;
		case 'pause-project':
			return effect.paused ? project.pause() : project.resume();
		case 'resume-project':
			return void projectDesk.resume(effect.acceptDeletions);
		case 'rescan':
			return project.rescan();
		case 'store-inline':
			return void exchange.storeInline(effect.peerId, effect.commit, effect.pack);
		case 'fetch':
			return void exchange.fetch(
				effect,
				channels.get(effect.peerId, effect.generation) ?? channels.active(effect.peerId),
			);
		case 'cancel-fetch':
			return exchange.cancelFetch();
		case 'move-fetch': {
			const channel = channels.get(effect.peerId, effect.generation);
			if (channel) exchange.moveFetch(channel);
			return;
		}
		case 'answer-git-history':
			return void answerGitHistory(desks, effect);
		case 'end-session':
			return desks.endSession(effect);
	}
}

/** The log has what the events say, but no invite: it holds the secret. */
function logEvent({log}: Desks, event: PublicEvent): void {
	if (event.event === 'transfer') return;
	log(event.event === 'ready' ? {...event, invite: undefined} : event);
}

/** The former carrier closes when what runs on it is finished, unless it has become the one in use again. */
async function drain(
	{channels, exchange}: Desks,
	{peerId, generation, withinMs}: Extract<Effect, {type: 'drain-carrier'}>,
): Promise<void> {
	const channel = channels.get(peerId, generation);
	if (!channel) return channels.close(peerId, generation, 'switched');
	await exchange.drained(channel, withinMs);
	if (channels.active(peerId) !== channel) channel.close('switched');
}

/** States heads. The packing takes a moment; a newer statement that overtakes this one has the higher revision. */
async function announce(desks: Desks, effect: Extract<Effect, {type: 'announce'}>): Promise<void> {
	const {loop, channels, project} = desks;
	const {self} = loop.state;
	const own = {
		peer_id: self.peerId,
		commit: effect.head,
		revision: effect.revision,
		instance: self.instance,
		online: true,
	};
	const others = effect.others.map(({peerId, ...head}) => ({peer_id: peerId, ...head}));
	const message: PeerMessage = {type: 'heads', heads: [own, ...others]};
	const lacking = effect.to.filter(({hasIt}) => !hasIt).slice(0, inlinePeers);
	let pack: Buffer | undefined;
	try {
		if (effect.former !== undefined && lacking.length > 0)
			pack = await project.inlinePack(effect.former, effect.head);
	} catch {
		// A pack is a courtesy: without one they fetch.
	}
	for (const target of effect.to) {
		const {peerId, generation} = target;
		const inline = lacking.includes(target) ? pack : undefined;
		channels.say(peerId, generation, inline ? {...message, pack: inline.toString('base64')} : message);
	}
}

async function answerGitHistory(
	{channels, projectDesk}: Desks,
	effect: Extract<Effect, {type: 'answer-git-history'}>,
): Promise<void> {
	const {peerId, generation, request} = effect;
	let commits: readonly string[] = [];
	try {
		commits = await projectDesk.gitHistoryToTell(1000);
	} catch {
		// No git here, or none that answers: they join without a common ancestor.
	}
	channels.say(peerId, generation, {type: 'git_history_answer', request, commits: [...commits]});
}
