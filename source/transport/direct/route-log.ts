/** What became of each route of one attempt: told once when it begins and once when it ends, in words. */
import {notNeeded, type Route} from '../../protocol/tiers.js';
import {pathWords} from '../path-words.js';
import {sumUp} from './dial.js';

export type RouteRecord = {
	readonly route: Route;
	readonly outcome?: 'ok' | 'failed';
	/** In words. */
	readonly reason?: string;
};

/** Which route's reason says most about the networks in between, first one first. */
const telling: readonly Route[] = ['tcp-punched', 'ice-turn', 'ice-srflx', 'ice-host', 'tcp-lan'];

export class RouteLog {
	readonly #tell: (record: RouteRecord) => void;
	/** Routes that began, with the errors of their tries. */
	readonly #errors = new Map<Route, unknown[]>();
	readonly #ended = new Map<Route, string | undefined>();

	constructor(tell: (record: RouteRecord) => void) {
		this.#tell = tell;
	}

	begin(route: Route): void {
		if (this.#errors.has(route)) return;
		this.#errors.set(route, []);
		this.#tell({route});
	}

	/** One try of the route failed; others may follow. */
	note(route: Route, error: unknown): void {
		this.#errors.get(route)?.push(error);
	}

	/** The route failed for good. */
	fail(route: Route, reason: string): void {
		this.begin(route);
		if (this.#ended.has(route)) return;
		this.#ended.set(route, reason);
		this.#tell({route, outcome: 'failed', reason});
	}

	/** The attempt is over: ends every route that began, the winner as the last. */
	finish(winner: Route | undefined): void {
		for (const [route, errors] of this.#errors) {
			if (route === winner || this.#ended.has(route)) continue;
			const otherwise = errors.length > 0 ? sumUp(errors) : pathWords.noAnswer;
			this.fail(route, winner ? notNeeded(winner) : otherwise);
		}
		if (winner) this.#tell({route: winner, outcome: 'ok'});
	}

	/** Why nothing worked, in one sentence without its end; after `finish`. */
	summary(): string | undefined {
		for (const route of telling) {
			const reason = this.#ended.get(route);
			if (reason !== undefined) return reason;
		}
		return undefined;
	}
}
