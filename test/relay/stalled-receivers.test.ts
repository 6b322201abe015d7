/**
 * 100 receivers that stop reading. `npm run soak -- stalled` has them do so for a minute and asks for 90 % of the others'
 * throughput; here it is some seconds, on a machine that may be busy with other tests.
 */
import test, {type ExecutionContext} from 'ava';
import {killProgram, startRelayProgram} from '../../bench/relay-program.js';
import {runStalled} from '../../bench/stalled-receivers.js';
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
		await measure(t, windowBytes, []);
	});

	natsTest(`${what} on another relay are not cut off by NATS and cost no more`, async (t) => {
		const nats = await NatsServer.start(t);
		await measure(t, windowBytes, ['--cluster', nats.url]);
		t.deepEqual(nats.slowConsumers, []);
	});
}

async function measure(t: ExecutionContext, windowBytes: number, flags: readonly string[]): Promise<void> {
	t.timeout(10 * 60_000);
	const one = await startRelayProgram(flags);
	t.teardown(() => killProgram(one));
	const other = flags.length > 0 ? await startRelayProgram(flags) : one;
	t.teardown(() => killProgram(other));
	const result = await runStalled({relays: [one, other], receivers, windowBytes, seconds, pairs: 4});
	const kept = result.rateMeanwhile / result.rateWithout;
	t.log(
		`memory +${(result.grownBytes / 1e6).toFixed(0)} MB, ${result.givenUp} given up; the others kept`,
		`${(kept * 100).toFixed(0)} % of ${(result.rateWithout / 1e6).toFixed(0)} MB/s`,
	);
	t.true(result.grownBytes <= maxGrownBytes, `grew by ${result.grownBytes} bytes`);
	t.true(kept >= minKept, `kept ${kept}`);
}
