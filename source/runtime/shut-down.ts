import {type Housekeeping} from './housekeeping.js';
import {type Loop} from './loop.js';
import {type SessionDesks} from './session-desks.js';
import {type SessionParts} from './session-parts.js';

/** `leave`: the folder's session is given up. `failed`: the session ends because it could not go on. */
export type HowToEnd = {readonly leave: boolean; readonly failed: boolean};

/** Ends all that a session opened, in order, the lock of its folder last. Never rejects: what goes wrong is logged. */
export async function shutDown(
	{options: {log}, plan, folder, relay, embedded}: SessionParts,
	{project, exchange, channels, direct, lan}: SessionDesks,
	{loop, housekeeping}: {readonly loop: Loop; readonly housekeeping: Housekeeping},
	{leave, failed}: HowToEnd,
): Promise<void> {
	const why = leave ? 'left' : 'stopped';
	// A first join that was refused before it had anything leaves the folder as it was. A host's invite may be with
	// others by now, and a member who was let in can go on: quitting costs neither, whatever the folder holds.
	const isTraceless =
		plan.isNew && loop.state.project.head === undefined && (leave || (failed && plan.role === 'member'));
	// Each whatever became of the one before: the lock has to go in any case.
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
		() => (isTraceless ? folder.remove() : undefined),
	];
	for (const step of steps) {
		try {
			await step();
		} catch (error) {
			log({message: 'fault at the end', error: String(error)});
		}
	}
}
