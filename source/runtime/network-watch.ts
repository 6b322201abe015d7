/**
 * Notices that the network is another one: the machine's addresses changed, or the machine (or only this process) slept.
 * Both are seen by looking once a second, which needs no system's own interface and costs next to nothing.
 */
import {machineInterfaces} from '../transport/machine-interfaces.js';

/** What changed; `gone` are addresses of this machine that it has no longer, `hasNetwork` whether any are left. */
export type NetworkChange =
	| {readonly cause: 'addresses'; readonly gone: readonly string[]; readonly hasNetwork: boolean}
	| {readonly cause: 'wake'; readonly gone: readonly string[]};

export type NetworkWatchOptions = {
	changed(change: NetworkChange): void;
	/** For tests: the addresses now, and the wall clock, which goes on while a machine sleeps. */
	readonly addresses?: () => readonly string[];
	readonly now?: () => number;
};

export type NetworkWatch = {
	/** Looks now; public so that a test can be the clock. */
	look(): void;
	close(): void;
};

const periodMs = 1000;
/** A look that comes so late means sleep; a busy loop is not that slow. */
const sleepMs = 10_000;
/** Machines wake in several steps; so long after one of them the next is the same waking. */
const sameWakeMs = 5000;

/** Watches until it is closed; does not keep the process alive. */
export function watchNetwork(options: NetworkWatchOptions): NetworkWatch {
	const {addresses = ownAddresses, now = Date.now} = options;
	let known = new Set(addresses());
	let lookedAt = now();
	let wokeAt = -Infinity;
	const look = () => {
		const at = now();
		const slept = at - lookedAt > sleepMs;
		lookedAt = at;
		const current = new Set(addresses());
		const gone = [...known].filter((address) => !current.has(address));
		const isOther = gone.length > 0 || current.size !== known.size;
		known = current;
		// A clock that was set back must not silence us.
		const isSameWake = at >= wokeAt && at - wokeAt < sameWakeMs;
		if (slept) wokeAt = at;
		if (isOther) options.changed({cause: 'addresses', gone, hasNetwork: current.size > 0});
		else if (slept && !isSameWake) options.changed({cause: 'wake', gone: []});
	};
	const timer = setInterval(look, periodMs);
	timer.unref();
	return {look, close: () => clearInterval(timer)};
}

/** True if this machine has an address that others may know, and where the system does not tell. */
export function hasNetwork(): boolean {
	return ownAddresses().length > 0 || Object.keys(machineInterfaces()).length === 0;
}

/** This machine's addresses that others may know; those of one link only and of the machine itself do not count. */
function ownAddresses(): readonly string[] {
	return Object.values(machineInterfaces())
		.flatMap((entries) => entries ?? [])
		.filter(({internal, address}) => !internal && !/^fe[89ab]/i.test(address))
		.map(({address}) => address);
}
