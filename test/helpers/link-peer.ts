/** A peer with the real core, relay desk and channel desk, and no project: for tests of links and tiers. */
import {randomBytes} from 'node:crypto';
import {type Effect} from '../../source/core/effect.js';
import {type Event} from '../../source/core/event.js';
import {initialMachine} from '../../source/core/initial-machine.js';
import {type State} from '../../source/core/state.js';
import {type TierPin} from '../../source/protocol/tiers.js';
import {ChannelDesk} from '../../source/runtime/channel-desk.js';
import {Loop} from '../../source/runtime/loop.js';
import {RelayDesk} from '../../source/runtime/relay-desk.js';
import {Timers} from '../../source/runtime/timers.js';
import {createIdentity, type Identity} from '../../source/transport/identity.js';
import {deriveSession} from '../../source/transport/session-keys.js';

export type LinkPeer = {
	readonly identity: Identity;
	readonly loop: Loop;
	readonly state: () => State;
	/** Resolves when the state is as wanted; rejects at the deadline with what it is instead. */
	until(wanted: (state: State) => boolean, what: string, deadlineMs?: number): Promise<void>;
	close(): Promise<void>;
};

export function startLinkPeer(options: {
	url: string;
	secret: Uint8Array;
	founder: Identity;
	identity?: Identity;
	name: string;
	pin?: TierPin;
}): LinkPeer {
	const {url, secret, founder, name, pin = 'auto', identity = createIdentity()} = options;
	const keys = deriveSession({secret, founderPublicKey: founder.publicKey});
	const instance = randomBytes(9).toString('base64url');
	const dispatch = (event: Event) => loop.dispatch(event);
	const timers = new Timers((timer) => dispatch({type: 'timer-fired', timer}));
	const relay = new RelayDesk({
		urls: [url],
		identity,
		keys,
		founderKey: founder.publicKey,
		name,
		instance,
		ticketReceived: () => undefined,
		dispatch,
	});
	const channels: ChannelDesk = new ChannelDesk({
		identity,
		keys,
		instance,
		state: () => loop.state,
		relay: () => relay.connection,
		dispatch,
		exchange: {message: () => undefined, bulk: () => undefined, closed: () => undefined},
	});
	const run = (effect: Effect) => {
		if (effect.type === 'start-timer') timers.start(effect.timer, effect.afterMs);
		else if (effect.type === 'stop-timer') timers.stop(effect.timer);
		else if (effect.type === 'open-relay') void relay.open(effect.attempt);
		else if (effect.type === 'test-binary') void relay.testBinary(effect.attempt);
		else if (effect.type === 'report-traffic') relay.report(effect);
		else if (effect.type === 'open-carrier') void channels.open(effect);
		else if (effect.type === 'refuse-carrier') channels.refuse(effect);
		else if (effect.type === 'ask-leader') channels.askLeader(effect);
		else if (effect.type === 'close-carrier') channels.close(effect.peerId, effect.generation, effect.reason);
		else if (effect.type === 'drain-carrier') {
			channels.close(effect.peerId, effect.generation, 'switched');
		} else if (effect.type === 'use-carrier') channels.use(effect.peerId, effect.generation);
		else if (effect.type === 'say') channels.say(effect.peerId, effect.generation, effect.message);
		else if (effect.type === 'say-hello') {
			channels.say(effect.peerId, effect.generation, channels.hello(effect.tiers));
		}
	};
	const machine = initialMachine({
		at: Date.now(),
		self: {peerId: identity.peerId, name, instance, role: 'member'},
		session: {sessionId: keys.sessionId, root: '/', projectName: 'p', invite: '', relayUrl: url},
		pin,
		relayAttempt: 0,
	});
	const loop: Loop = new Loop({machine, run});
	dispatch({type: 'timer-fired', timer: 'relay'});
	return {
		identity,
		loop,
		state: () => loop.state,
		async until(wanted, what, deadlineMs = 15_000) {
			if (wanted(loop.state)) return;
			await new Promise<void>((resolve, reject) => {
				const deadline = setTimeout(() => {
					stop();
					reject(
						new Error(
							`${name}: not in time: ${what}; ${JSON.stringify([loop.state.relay, ...loop.state.peers.values()])}`,
						),
					);
				}, deadlineMs);
				const stop = loop.subscribe(() => {
					if (!wanted(loop.state)) return;
					clearTimeout(deadline);
					stop();
					resolve();
				});
			});
		},
		async close() {
			timers.stopAll();
			await channels.closeAll('done');
			loop.close();
			relay.close('done');
		},
	};
}

/** The tier of the link to the one other peer; undefined while there is none. */
export function tierOf(state: State): string | undefined {
	const [peer] = state.peers.values();
	return peer?.link.status === 'online' ? peer.link.tier : undefined;
}
