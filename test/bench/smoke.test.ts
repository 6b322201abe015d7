/** Each benchmark runs to its end with tiny projects; that says nothing about speed. */
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import test from 'ava';
import {natsTest} from '../helpers/nats-test.js';

const run = promisify(execFile);

type Told = {
	readonly name: string;
	readonly rows: readonly {readonly name: string; readonly figures: Record<string, {median: number}>}[];
};

async function bench(...flags: string[]): Promise<Told[]> {
	const {stdout} = await run(process.execPath, ['dist/bench/bench.js', '--small', '--json', ...flags]);
	return stdout
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line) as Told);
}

for (const start of ['first-join', 'save', 'delete', 'rename', 'rejoin', 'meet', 'peers', 'idle', 'start']) {
	test.serial(`each benchmark of ${start} measures ours and what is installed`, async (t) => {
		t.timeout(240_000);
		const told = await bench('--only', start);
		t.true(told.length > 0);
		for (const {rows} of told) {
			t.true(rows[0]!.name.startsWith('pulsync') || rows[0]!.name.endsWith('peers'));
			for (const {name, figures} of rows) {
				for (const [figure, {median}] of Object.entries(figures)) t.true(median >= 0, `${name}: ${figure}`);
			}
		}
	});
}

test('a scenario that is not there is named, with those that are', async (t) => {
	const failed = await t.throwsAsync<Error & {code: number; stderr: string}>(bench('--only', 'nothing'));
	t.is(failed?.code, 2);
	t.regex(failed?.stderr ?? '', /first-join-sample/);
});

natsTest('the cost of the hop through NATS is measured beside a relay that stands alone', async (t) => {
	t.timeout(120_000);
	const flags = ['--pairs', '1', '--seconds', '0.3', '--rounds', '1'];
	const {stdout} = await run(process.execPath, ['dist/bench/nats-hop.js', ...flags]);
	const rows = stdout.trim().split('\n').slice(1);
	t.is(rows.length, 3, stdout);
	for (const row of rows) t.regex(row, / [1-9]\d* MB\/s .* \d+\.\d\d ms of processor a MB .* \d+\.\d\d ms$/);
});
