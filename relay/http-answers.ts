/** What the relay answers over plain HTTP, beside the WebSocket: probes for all, numbers for who may see them. */
import {type ClusterFigures} from './cluster/cluster.js';
import {type RelayCounters} from './counters.js';
import {type Lag} from './loop-lag.js';
import {relayText} from './relay-text.js';
import {type SessionStatus} from './session-book.js';

export type HttpAnswer = {readonly status: number; readonly type: string; readonly body: string};

/** What an answer is made from. */
export type HttpFacts = {
	readonly method: string;
	/** The request's path with or without a query. */
	readonly url: string;
	readonly isDraining: boolean;
	/** May see the numbers: who asks from this machine, or on the port that is for that. */
	readonly isInside: boolean;
	readonly startedAt: number;
	readonly now: number;
	readonly counters: () => RelayCounters;
	readonly status: () => StatusFacts;
	readonly metrics: () => Promise<{readonly type: string; readonly body: string}>;
};

/** What `/status` says beside the plain counters. */
type StatusFacts = {
	readonly lag: Lag;
	readonly limits: object;
	/** The sessions that move most; `sessions` counts all. */
	readonly listed: readonly SessionStatus[];
	readonly savedBytes: number;
	readonly dropped: Readonly<Record<string, number>>;
	readonly closed: Readonly<Record<string, number>>;
	readonly pauses: Readonly<Record<string, number>>;
	/** Where it is one with other relays. */
	readonly cluster: ClusterFigures | undefined;
};

/** The answer to one request; paths that are not known get 404, methods other than GET and HEAD 405. */
export async function answerHttp(facts: HttpFacts): Promise<HttpAnswer> {
	if (facts.method !== 'GET' && facts.method !== 'HEAD') return text(405, `${relayText.http.getOnly}\n`);
	switch (pathOf(facts.url)) {
		case '/healthz': {
			return text(200, 'ok\n');
		}

		case '/readyz': {
			return facts.isDraining ? text(503, 'shutting down\n') : text(200, 'ready\n');
		}

		case '/status': {
			return facts.isInside ? json(statusOf(facts)) : onlyInside;
		}

		case '/metrics': {
			return facts.isInside ? {status: 200, ...(await facts.metrics())} : onlyInside;
		}

		default: {
			return text(404, `${relayText.http.notFound}\n`);
		}
	}
}

const onlyInside = text(403, `${relayText.http.insideOnly}\n`);

/** A request's path without its query. */
export function pathOf(url: string): string {
	return url.split('?', 1)[0] ?? '';
}

function statusOf(facts: HttpFacts): object {
	const {errors, ...counters} = facts.counters();
	return snakeCased({
		state: facts.isDraining ? 'shutting_down' : 'ready',
		uptimeMs: facts.now - facts.startedAt,
		...counters,
		errors,
		...facts.status(),
	});
}

/** Names of fields as they are written outside of this program. */
function snakeCased(value: unknown): object {
	if (Array.isArray(value)) return value.map((each: unknown) => plain(each));
	return Object.fromEntries(
		Object.entries(value ?? {}).map(([name, each]: [string, unknown]) => [snakeCase(name), plain(each)]),
	);
}

function plain(value: unknown): unknown {
	return typeof value === 'object' && value !== null ? snakeCased(value) : value;
}

function snakeCase(name: string): string {
	return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function text(status: number, body: string): HttpAnswer {
	return {status, type: 'text/plain; charset=utf-8', body};
}

function json(value: object): HttpAnswer {
	return {status: 200, type: 'application/json', body: JSON.stringify(value) + '\n'};
}
