/** What the relay answers over plain HTTP, beside the WebSocket: probes and counters. */
import {type RelayCounters} from './counters.js';

export type HttpAnswer = {readonly status: number; readonly type: string; readonly body: string};

/** What an answer is made from. */
export type HttpFacts = {
	readonly method: string;
	/** The request's path with or without a query. */
	readonly url: string;
	readonly isDraining: boolean;
	readonly startedAt: number;
	readonly now: number;
	readonly counters: () => RelayCounters;
};

/** The answer to one request; paths that are not known get 404, methods other than GET and HEAD 405. */
export function answerHttp(facts: HttpFacts): HttpAnswer {
	if (facts.method !== 'GET' && facts.method !== 'HEAD') return text(405, 'Only GET is answered here.\n');
	switch (pathOf(facts.url)) {
		case '/healthz': {
			return text(200, 'ok\n');
		}

		case '/readyz': {
			return facts.isDraining ? text(503, 'shutting down\n') : text(200, 'ready\n');
		}

		case '/status': {
			const {errors, ...counters} = facts.counters();
			const state = facts.isDraining ? 'shutting_down' : 'ready';
			const uptimeMs = facts.now - facts.startedAt;
			const named = new Map(Object.entries(counters).map(([name, value]) => [snakeCase(name), value]));
			return json({state, uptime_ms: uptimeMs, ...Object.fromEntries(named), errors});
		}

		case '/metrics': {
			return {status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: metrics(facts.counters())};
		}

		default: {
			return text(404, 'Not found. The WebSocket is at /ws.\n');
		}
	}
}

/** A request's path without its query. */
export function pathOf(url: string): string {
	return url.split('?', 1)[0] ?? '';
}

const gauges: ReadonlySet<string> = new Set(['sockets', 'sessions', 'peers', 'tunnels', 'waitingBytes']);

/** The counters in Prometheus's text format. */
function metrics({errors, ...counters}: RelayCounters): string {
	const lines = Object.entries(counters).flatMap(([name, value]) => {
		const isGauge = gauges.has(name);
		const metric = `pulsync_relay_${snakeCase(name)}${isGauge ? '' : '_total'}`;
		return [`# TYPE ${metric} ${isGauge ? 'gauge' : 'counter'}`, `${metric} ${value}`];
	});
	const metric = 'pulsync_relay_errors_total';
	const byCode = Object.entries(errors).map(([code, value]) => `${metric}{code="${code}"} ${value}`);
	return [...lines, `# TYPE ${metric} counter`, ...byCode, ''].join('\n');
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
