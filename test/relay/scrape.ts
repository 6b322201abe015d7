/** A relay's numbers as Prometheus would read them. */
import parse from 'parse-prometheus-text-format';
import {type Relay} from '../../relay/start-relay.js';

/** Reads `/metrics` with a library of its own. */
export async function scrape({port}: Pick<Relay, 'port'>): Promise<ReturnType<typeof parse>> {
	const response = await fetch(`http://127.0.0.1:${port}/metrics`);
	return parse(await response.text());
}

/** The value of one series, 0 where it is not there. */
export function valueIn(
	metrics: ReturnType<typeof parse>,
	name: string,
	labels: Record<string, string> = {},
): number {
	const found = metrics
		.find((metric) => metric.name === `pulsync_relay_${name}`)
		?.metrics.find((sample) =>
			Object.entries(labels).every(([label, value]) => sample.labels?.[label] === value),
		);
	return Number(found?.value ?? found?.count ?? 0);
}
