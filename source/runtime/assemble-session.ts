/**
 * Puts a session together: project, exchange, channels, relay, loop. Everything that can refuse has been asked before; from
 * here on the session runs.
 */
import path from 'node:path';
import {initialMachine} from '../core/initial-machine.js';
import {type Machine} from '../core/machine.js';
import {Failure} from '../protocol/failure.js';
import {formatInvite} from '../protocol/invite.js';
import {isLoopbackHost} from './direct-servers.js';
import {type Housekeeping, startHousekeeping} from './housekeeping.js';
import {addressesOf, embeddedAddresses} from './invite-addresses.js';
import {Loop} from './loop.js';
import {localAddresses} from './local-addresses.js';
import {hasNetwork, watchNetwork} from './network-watch.js';
import {RunningSession} from './running-session.js';
import {type Desks, runEffect} from './run-effect.js';
import {openDesks, type SessionDesks} from './session-desks.js';
import {type SessionParts} from './session-parts.js';
import {shutDown} from './shut-down.js';
import {defaultKept} from './tidying.js';
import {UnusedMemory} from './unused-memory.js';

/** Rejects with a Failure where the project cannot be opened; nothing of it is left open then. */
export async function assembleSession(parts: SessionParts): Promise<RunningSession> {
	const {options, relay, first, gate} = parts;
	// Whatever can be wrong with the flags shows before the project is opened.
	const invite = inviteOf(parts);
	const desks = await openDesks(parts, () => loop.state);
	const {project, projectDesk, past, direct, lan, timers} = desks;
	const loop: Loop = new Loop({
		machine: machineOf(parts, desks, invite),
		run: (effect) => runEffect(hands, effect),
	});
	const hands: Desks = {
		...desks,
		log: options.log,
		loop,
		relay,
		endSession({exitCode, code, reason}) {
			void session.end({exitCode, failure: new Failure(code, {severity: 'fatal', message: reason})});
		},
	};
	const clocks = startClocks(parts, desks, loop);
	const housekeeping = keepHouse(parts, desks, loop);
	const session: RunningSession = new RunningSession({
		loop,
		project,
		projectDesk,
		housekeeping,
		past,
		forgetName: async () => parts.folder.update({own_name: undefined}),
		async shutDown(how) {
			clocks.stop();
			projectDesk.stop();
			// The relay's last report is of all that went until now.
			clocks.measure();
			gate.dispatch({type: 'timer-fired', timer: 'report'});
			loop.close();
			timers.stopAll();
			await shutDown(parts, desks, {loop, housekeeping}, how);
		},
	});
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

function machineOf(
	{options, plan, instance, embedded, first}: SessionParts,
	{limiter}: SessionDesks,
	invite: string,
): Machine {
	return initialMachine({
		at: Date.now(),
		self: {peerId: plan.identity.peerId, name: options.name, instance, role: plan.role},
		session: {
			sessionId: plan.keys.sessionId,
			root: options.root,
			projectName: path.basename(options.root),
			invite,
			relayUrl: first?.url ?? embedded?.url ?? plan.relayUrls[0] ?? '',
		},
		hasNetwork: hasNetwork(),
		pin: options.pin,
		limits: {up: limiter.up.bytesPerSecond, down: limiter.down.bytesPerSecond},
		relayAttempt: first ? 1 : 0,
	});
}

/** What is looked at by itself: the meters each second, the machine's addresses when they change. */
function startClocks(
	parts: SessionParts,
	{channels, lan}: SessionDesks,
	loop: Loop,
): {measure(): void; stop(): void} {
	const {
		relay,
		gate: {dispatch},
	} = parts;
	const measure = () => {
		dispatch({type: 'second-passed', meters: channels.meters(), relayRttMs: relay.connection?.rttMs});
	};
	const seconds = setInterval(() => {
		measure();
		lan.review(loop.state);
	}, 1000);
	const network = watchNetwork({
		changed(change) {
			channels.addressesGone(change.gone);
			// Without any network the former addresses may come back; this machine's own alone would be of no use.
			const isReached = change.cause === 'addresses' && !localAddresses().every(isLoopbackHost);
			const invite = isReached ? inviteOf(parts) : undefined;
			dispatch({type: 'network-changed', ...change, invite});
		},
	});
	return {
		measure,
		stop() {
			clearInterval(seconds);
			network.close();
		},
	};
}

function keepHouse(
	{options, gate: {dispatch}}: SessionParts,
	{project, exchange}: SessionDesks,
	loop: Loop,
): Housekeeping {
	const memory = new UnusedMemory();
	return startHousekeeping({
		project,
		kept: options.kept ?? defaultKept,
		state: () => loop.state,
		dispatch,
		cutOff: () => exchange.historyCutOff(),
		releaseMemory: () => memory.release(),
		log: options.log,
	});
}

/** With the addresses that this machine has now, where the relay is in this program. */
function inviteOf(parts: SessionParts): string {
	const {keys, secret} = parts.plan;
	return formatInvite({...inviteAddresses(parts), sessionId: keys.sessionId, secret});
}

function inviteAddresses({options, plan, embedded}: SessionParts): ReturnType<typeof addressesOf> {
	if (!embedded) return addressesOf(plan.relayUrls);
	return {tls: false, addresses: embeddedAddresses(embedded.port, options.embeddedRelay?.advertise)};
}
