/**
 * Asking all relays at once who has a session. Each that has it names the others that have it too, so the asker knows
 * when it has heard them all; where nobody has it the bus says so at once.
 */
import {type Bus} from './bus.js';
import {type Presence} from './presence.js';
import {decodeAnswer} from './statement.js';
import {findSubject} from './subjects.js';

/** Whoever has a session answers in a moment; a join waits no longer for one that does not. */
const lookUpMs = 2_000;
const nothing = new Uint8Array();

export class LookUps {
	readonly #bus: Bus;
	readonly #presence: Presence;
	readonly #waiting = new Map<string, Array<(isLast: boolean) => void>>();

	/** @param presence Takes in what the answers say. */
	constructor(bus: Bus, presence: Presence) {
		this.#bus = bus;
		this.#presence = presence;
	}

	/**
	 * Calls back when all have answered, one after the other who asked meanwhile. What `gathered` subscribes to is heard
	 * of by then: whoever learns of a session from a peer that was let in must find it.
	 */
	ask(
		sessionId: string,
		ownId: string,
		{gathered, answered}: {gathered: () => void; answered: (isLast: boolean) => void},
	): void {
		const waiting = this.#waiting.get(sessionId);
		if (waiting) {
			waiting.push(answered);
			return;
		}

		this.#waiting.set(sessionId, [answered]);
		const named = new Set<string>();
		const heard = new Set<string>([ownId]);
		const take = (bytes: Uint8Array) => {
			const answer = decodeAnswer(bytes);
			if (answer?.session_id !== sessionId) return false;
			if (answer.statement) this.#presence.hear(answer.statement);
			heard.add(answer.relay);
			for (const relay of answer.relays) named.add(relay);
			return [...named].every((relay) => heard.has(relay));
		};

		void this.#bus.gather(findSubject(sessionId), nothing, lookUpMs, take).then(async () => {
			gathered();
			await this.#bus.settled();
			const all = this.#waiting.get(sessionId) ?? [];
			this.#waiting.delete(sessionId);
			for (const [index, next] of all.entries()) next(index === all.length - 1);
		});
	}
}
