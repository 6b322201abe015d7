/**
 * The sessions that this relay hears of on the bus: what others say of each is passed on, whoever looks for it is answered
 * once there is an answer, and what this relay last said of it itself is said again now and then.
 */
import {type Bus} from './bus.js';
import {type Statement} from './statement.js';
import {findSubject, sessionSubject} from './subjects.js';

type Heard = {
	readonly stop: () => void;
	stopAnswering?: () => void;
	/** What this relay last said; undefined while it only asks. */
	said?: Statement;
	saidAt: number;
};

/** A statement that was lost is made good within this time. */
const sayAgainMs = 10_000;

export class Hearings {
	readonly #bus: Bus;
	readonly #hear: (sessionId: string, bytes: Uint8Array) => void;
	readonly #answerTo: (sessionId: string) => Uint8Array;
	readonly #heard = new Map<string, Heard>();

	constructor(parts: {
		readonly bus: Bus;
		readonly hear: (sessionId: string, bytes: Uint8Array) => void;
		/** What whoever looks for a session is told. */
		readonly answerTo: (sessionId: string) => Uint8Array;
	}) {
		this.#bus = parts.bus;
		this.#hear = parts.hear;
		this.#answerTo = parts.answerTo;
	}

	listen(sessionId: string): void {
		if (this.#heard.has(sessionId)) return;
		const stop = this.#bus.subscribe(sessionSubject(sessionId), ({bytes}) => this.#hear(sessionId, bytes));
		this.#heard.set(sessionId, {stop, saidAt: 0});
	}

	/** From now on whoever asks for this session is answered, as long as it is listened to. */
	answerFinders(sessionId: string): void {
		const heard = this.#heard.get(sessionId);
		if (!heard || heard.stopAnswering) return;
		heard.stopAnswering = this.#bus.subscribe(findSubject(sessionId), ({answer}) =>
			answer(this.#answerTo(sessionId)),
		);
	}

	said(sessionId: string, statement: Statement, now: number): void {
		const heard = this.#heard.get(sessionId);
		if (!heard) return;
		heard.said = statement;
		heard.saidAt = now;
	}

	lastSaid(sessionId: string): Statement | undefined {
		return this.#heard.get(sessionId)?.said;
	}

	/** The sessions of which something was said, too long ago. */
	toSayAgain(now: number): string[] {
		return [...this.#heard]
			.filter(([, {said, saidAt}]) => said && now - saidAt >= sayAgainMs)
			.map(([sessionId]) => sessionId);
	}

	stop(sessionId: string): void {
		const heard = this.#heard.get(sessionId);
		heard?.stop();
		heard?.stopAnswering?.();
		this.#heard.delete(sessionId);
	}

	stopAll(): void {
		for (const sessionId of [...this.#heard.keys()]) this.stop(sessionId);
	}
}
