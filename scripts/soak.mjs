/**
 * `npm run soak -- NAME [--seconds N] [--seed N] [--seeds A-B]`: what takes too long for `npm test`. Each soak is a row of the
 * table: what it is, which options it knows, and the Node program (with its environment) that does it. Exit code 0 only if
 * nothing was found.
 */
import {spawn} from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {prepare} from './prepare.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const ava = 'node_modules/ava/entrypoints/cli.mjs';

/** Each `start` gets the options as texts and says what to run. */
const soaks = {
	simulation: {
		about: 'whole peers in memory, by seed: --seeds 1-100000 --processes 2',
		options: ['seeds', 'processes'],
		start: ({seeds = '1-100000', processes = '2'}) => ({
			args: ['dist/test/simulation/simulation-soak.js', seeds, processes],
		}),
	},
	fuzz: {
		about: 'broken input into each decoder: --seed N, and --inputs N of each kind',
		options: ['seed', 'inputs'],
		start: ({seed = String(Date.now() % 1e9), inputs = '1000000'}) => ({
			args: [ava, '--timeout=120m', 'dist/test/fuzz/**'],
			env: {PULSYNC_FUZZ_SEED: seed, PULSYNC_FUZZ_INPUTS: inputs},
		}),
	},
	history: {
		about: 'the store of many snapshots: --edits 100000, or --versions 200 --megabytes 50 of one large file',
		options: ['edits', 'versions', 'megabytes'],
		start: ({edits = '0', versions = '0', megabytes = '50'}) => ({
			args: ['dist/bench/history.js', '--edits', edits, '--versions', versions, '--megabytes', megabytes],
		}),
	},
	messages: {
		about: 'carriers under bursts of messages, true and false, by seed: --seeds 1-2000',
		options: ['seeds'],
		start: ({seeds = '1-2000'}) => ({args: ['dist/test/transport/message-storm-soak.js', seeds]}),
	},
	relay: {
		about: 'a relay while sessions come and go; memory and what is left over: --seconds N --seed N',
		options: ['seconds', 'seed'],
		start: ({seconds = '1800', seed = '1'}) => ({args: ['dist/test/relay/relay-soak.js', seconds, seed]}),
	},
	edits: {
		about: 'real programs, edited at random: --seconds N',
		options: ['seconds'],
		start: ({seconds = '600'}) => ({
			args: [ava, `--timeout=${Number(seconds) + 600}s`, 'dist/test/e2e/random-edits.test.js'],
			env: {PULSYNC_TEST_SECONDS: seconds},
		}),
	},
	keys: {
		about: 'random keys, edits and sizes on two screens: --seconds N --seed N',
		options: ['seconds', 'seed'],
		start: ({seconds = '600', seed = String(Date.now() % 1e9)}) => ({
			args: [ava, `--timeout=${Number(seconds) + 600}s`, 'dist/test/e2e/random-keys.test.js'],
			env: {PULSYNC_KEYS_SECONDS: seconds, PULSYNC_KEYS_SEED: seed},
		}),
	},
	crashes: {
		about: 'real programs, killed at random moments: --kills N --seed N',
		options: ['kills', 'seed'],
		start: ({kills = '200', seed = String(Date.now() % 1e6)}) => ({
			args: [ava, '--timeout=60m', 'dist/test/e2e/kills.test.js'],
			env: {PULSYNC_TEST_KILLS: kills, PULSYNC_TEST_SEED: seed},
		}),
	},
	editor: {
		about: 'changes that arrive where an editor saves, in each way of saving: --applies N --seed N',
		options: ['applies', 'seed'],
		start: ({applies = '1000', seed = String(Date.now() % 1e6)}) => ({
			args: [ava, '--timeout=60m', 'dist/test/e2e/racing-editor.test.js'],
			env: {PULSYNC_TEST_APPLIES: applies, PULSYNC_TEST_SEED: seed},
		}),
	},
	storms: {
		about: 'many files renamed, checked out, written where they are ignored, at once: --files N',
		options: ['files'],
		start: ({files = '20000'}) => ({
			args: [
				ava,
				'--timeout=60m',
				'--serial',
				'dist/test/e2e/storms.test.js',
				'dist/test/e2e/git-operations.test.js',
			],
			env: {PULSYNC_TEST_STORM_FILES: files, PULSYNC_TEST_FILES: String(Math.ceil(Number(files) / 4))},
		}),
	},
	truncate: {
		about: 'a file of 60 MB that is cut short and grows all the time: --seconds N',
		options: ['seconds'],
		start: ({seconds = '60'}) => ({
			args: [ava, `--timeout=${Number(seconds) + 600}s`, 'dist/test/e2e/resized-file.test.js'],
			env: {PULSYNC_TEST_SECONDS: seconds},
		}),
	},
	restart: {
		about:
			'a relay that ends and comes back under many sessions: --sessions 200, --programs 10 of them whole programs',
		options: ['sessions', 'programs'],
		start: ({sessions = '200', programs = '10'}) => ({
			args: [ava, '--timeout=30m', 'dist/test/e2e/relay-restart.test.js'],
			env: {PULSYNC_TEST_SESSIONS: sessions, PULSYNC_TEST_PROGRAMS: programs},
		}),
	},
	stalled: {
		about: '100 receivers that stop reading, on one relay and across two: --seconds 60',
		options: ['seconds'],
		start: ({seconds = '60'}) => ({
			args: [ava, '--timeout=30m', 'dist/test/relay/stalled-receivers.test.js'],
			env: {PULSYNC_TEST_SECONDS: seconds},
		}),
	},
	limits: {
		about: 'eight senders on the json tier under one limit of bytes a second: --seconds 30',
		options: ['seconds'],
		start: ({seconds = '30'}) => ({
			args: [ava, '--timeout=30m', '--serial', 'dist/test/relay/shared-limit.test.js'],
			env: {PULSYNC_TEST_SECONDS: seconds},
		}),
	},
	cluster: {
		about: 'two and three relays on NATS under a whole project, while relays and NATS die and come back',
		options: [],
		start: () => ({
			args: [ava, '--timeout=30m', 'dist/test/e2e/cluster.test.js'],
			env: {PULSYNC_TEST_WHOLE: 'yes'},
		}),
	},
};

function explain(problem) {
	const rows = Object.entries(soaks).map(([name, {about}]) => `  ${name.padEnd(12)} ${about}`);
	process.stderr.write(`${problem}\nnpm run soak -- NAME [options], NAME is one of\n${rows.join('\n')}\n`);
	process.exit(2);
}

const [name, ...words] = process.argv.slice(2);
const soak = Object.hasOwn(soaks, name ?? '') ? soaks[name] : undefined;
if (!soak) explain(name === undefined ? 'Which soak?' : `There is no soak "${name}".`);

let options;
try {
	const known = soak.options.map((option) => [option, {type: 'string'}]);
	({values: options} = parseArgs({args: words, options: Object.fromEntries(known)}));
} catch (error) {
	explain(error.message);
}

await prepare();
const {args, env = {}} = soak.start(options);
const startedAt = Date.now();
const child = spawn(process.execPath, args, {
	cwd: root,
	stdio: 'inherit',
	env: {...process.env, ...env},
});
const code = await new Promise((resolve) => child.on('close', resolve));
process.stdout.write(
	`${code === 0 ? 'ok      ' : 'FAILED  '}${name} (${((Date.now() - startedAt) / 1000).toFixed(0)} s)\n`,
);
process.exitCode = code === 0 ? 0 : 1;
