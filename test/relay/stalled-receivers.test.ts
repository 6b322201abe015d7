/**
 * 100 receivers that stop reading. `npm run soak -- stalled` has them do so for a minute and asks for 90 % of the others'
 * throughput; here it is some seconds, on a machine that may be busy with other tests.
 */
import test, {type ExecutionContext} from 'ava';
import {killProgram, type RelayProgram, startRelayProgram} from '../../bench/relay-program.js';
import {runStalled, type StalledOptions} from '../../bench/stalled-receivers.js';
import {maxWindowBytes, startWindowBytes} from '../../source/protocol/limits.js';
import {NatsServer} from '../helpers/nats-server.js';
import {natsTest} from '../helpers/nats-test.js';

const isLong = process.env['PULSYNC_TEST_SECONDS'] !== undefined;
const seconds = Number(process.env['PULSYNC_TEST_SECONDS'] ?? 3);
const receivers = 100;
const maxGrownBytes = 200_000_000;
/** Other tests take and give back the same two cores while this one measures. */
const minKept = isLong ? 0.9 : 0.2;
const windows = isLong ? [startWindowBytes, maxWindowBytes] : [startWindowBytes];

for (const windowBytes of windows) {
	const what = `${receivers} receivers that stop reading with ${windowBytes / 1024 / 1024} MiB granted`;
	test.serial(`${what} cost a relay at most 200 MB, and others little of their speed`, async (t) => {
		await measure(t, windowBytes, await startRelays(t), await startRelays(t));
	});

	natsTest(`${what} on another relay are not cut off by NATS and cost no more`, async (t) => {
		const nats = await NatsServer.start(t);
		const control = await NatsServer.start(t);
		await measure(t, windowBytes, await startRelays(t, nats), await startRelays(t, control));
		t.deepEqual(nats.slowConsumers, []);
	});
}

type Relays = StalledOptions['relays'];

async function measure(
	t: ExecutionContext,
	windowBytes: number,
	relays: Relays,
	control: Relays,
): Promise<void> {
	t.timeout(10 * 60_000);
	const {grownBytes, rate, kept, givenUp} = await runStalled({
		relays,
		control,
		receivers,
		windowBytes,
		seconds,
		pairs: 4,
	});
	t.log(
		`memory +${(grownBytes / 1e6).toFixed(0)} MB, ${givenUp} given up; the others kept`,
		`${(kept * 100).toFixed(0)} % of ${(rate / 1e6).toFixed(0)} MB/s`,
	);
	t.true(grownBytes <= maxGrownBytes, `grew by ${grownBytes} bytes`);
	t.true(kept >= minKept, `kept ${kept}`);
}

/** One that has both ends, or two that are one through NATS. */
async function startRelays(t: ExecutionContext, nats?: NatsServer): Promise<Relays> {
	const one = await startRelay(t, nats);
	return [one, nats === undefined ? one : await startRelay(t, nats)];
}

async function startRelay(t: ExecutionContext, nats?: NatsServer): Promise<RelayProgram> {
	const relay = await startRelayProgram(nats === undefined ? [] : ['--cluster', nats.url]);
	t.teardown(() => killProgram(relay));
	return relay;
}
